/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_fixture.h - a supervisor's consoles in a directory of their own, to
 * test them with
 *
 * The list, the files, the records and the uart roles' processes are the real
 * ones.  A uart role is the test program itself, which waits to be ended,
 * answers a ping, and says what it may not (SERVER_GONE) when it is sent
 * FIXTURE_PROVOKE, and writes a w to the tty of a ROLE_WIRE.  The net role is what the fixture notes of it.  In the place of Xen and of Linux's ttys stand
 * struct fixture_host's members.
 */
#ifndef CONSOLE_FIXTURE_H
#define CONSOLE_FIXTURE_H

#include <ev.h>
#include <stdbool.h>

#include "shared/role_link.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/roles/net_keeper.h"

/* Means nothing to a uart role. */
#define FIXTURE_PROVOKE ROLE_ADD_LOCAL

/* What Xen and dom0's Linux are like, and what was taken from them. */
struct fixture_host {
    bool has_domain;     /* the one that all consoles have */
    bool has_server;     /* any that is asked for */
    unsigned int publications; /* for xl console */
    bool tty_is_in_use;  /* of the machine's port */
    bool tty_is_taken;
    bool wire_is_in_use;
    char wire[64];       /* a tty that can be a wire=, held by nobody */
};

extern struct fixture_host fixture_host;
extern struct net_keeper fixture_net;
extern struct console_list fixture_consoles;

/* What the consoles told the supervisor. */
extern unsigned int fixture_idles, fixture_role_exits;

/* How requests ended. */
struct fixture_done {
    unsigned int count;
    char problem[LOG_TEXT_BYTES]; /* of the last one; "" for success */
};

extern struct fixture_done fixture_done;
void fixture_on_done(void *opaque, const char *problem); /* a console_done */

/* A cmocka test's setup and teardown. */
int console_fixture_begin(void **state);
int console_fixture_end(void **state);

/* For main(): whether the program was started as a uart role, which it then
 * has been until now. */
bool console_fixture_is_role(int argc, char **argv);

/* A console that listens, as its last domain left it. */
struct console *fixture_add_idle(const char *guest, uint16_t tcp_port);

/* As an operator would, with history=4K unless options say otherwise;
 * fixture_done tells the end. */
int fixture_serve(const char *guest, const char *options);

/* The oldest message to the net role; false when there is none. */
bool fixture_net_hears(struct role_message *message);

/* Whether somebody has fixture_host.wire open. */
bool fixture_wire_is_held(void);

/* No console's folder can be written to any more. */
void fixture_fill_disk(void);

/* The console's uart role says something, if it may; false when not. */
bool fixture_uart_says(struct console *console, enum role_message_type type,
                       uint32_t value);

/* Ends the console's uart role and waits until the supervisor knows.  The
 * console may be freed when this returns. */
void fixture_uart_dies(struct console *console);

#endif
