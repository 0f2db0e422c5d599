/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_console.h - the consoles' TCP ports
 *
 * A console listens on its port from ROLE_ADD_CONSOLE on.  Nothing here
 * waits or knows of an event loop: net_role.c asks what is unsent, decides
 * when to flush and sleeps by the rules of wake.h.
 */
#ifndef MEDIATOR_CONSOLE_SERVER_H
#define MEDIATOR_CONSOLE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/access_list.h"
#include "shared/console_options.h"
#include "net/client_tcp.h"
#include "shared/in_ring.h"
#include "shared/out_ring.h"
#include "shared/role_link.h"
#include "shared/wake.h"

struct local_client;

struct console_server {
    uint32_t number; /* the supervisor's */
    struct console_options options;
    struct access_list allow; /* of the options */
    struct out_ring out;
    struct in_ring in;
    struct waker uart;       /* the uart role's FIFO */
    struct tcp_pcb *listener; /* NULL: being removed */
    struct console_client *clients;
    struct local_client *locals; /* in dom0; client_fd.h */
    uint64_t flushed;     /* the head when clients were last sent to */
    uint64_t typed;       /* the in ring's head at that time */
    uint32_t sleep_count; /* wake.h */
    bool is_used;
    bool is_asleep;
    bool wants_room;      /* a client's bytes wait for the guest */
    uint64_t refusals;    /* of those who are not on the list */
};

/* What a ROLE_ADD_CONSOLE says, with its three descriptors: out ring, in
 * ring, the uart role's FIFO.  They are taken over, on failure too. */
int console_server_add(const struct role_message *message, int *fds);

/* Stops listening at once; clients are sent what is left and closed, with a
 * reset for those who have not taken it after `seconds`. */
int console_server_remove(uint32_t number, uint8_t seconds);
void console_servers_remove_all(uint8_t seconds);

/* What a ROLE_ADD_LOCAL says, with its descriptor, which is taken over, on
 * failure too.  There is no answer: who is not served finds it closed. */
void console_server_add_local(const struct role_message *message, int *fds);

/* The supervisor may hand its pty over again. */
void console_server_let_go_of_pty(const struct console_server *console);

/* Whether nobody waits for anything any more. */
bool console_servers_are_done(void);

/* Sends what is unsent: of every console, or of those only that can fill a
 * segment.  Returns how many bytes that were of one console at most. */
uint64_t console_servers_flush(void);
void console_servers_flush_full(void);

/* Of the consoles whose clients typed since they were last sent something:
 * whether something is unsent; sends it, and returns whether there was any. */
bool console_servers_owe_answer(void);
bool console_servers_answer(void);

/* Goes on with input for which there was no room. */
void console_servers_resume_input(void);

/* Asks the uart roles for a wake-up.  Returns false when there is something
 * unsent, so that sleeping would be wrong: set a timer instead. */
bool console_servers_sleep(void);
void console_servers_woken(void);

/* For client_tcp.c and client_fd.c. */
bool console_server_allows(struct console_server *console,
                           const struct tcp_pcb *pcb);
uint64_t console_server_head(const struct console_server *console);
void console_server_link(struct console_server *console,
                         struct console_client *client);
void console_server_unlink(struct console_server *console,
                           struct console_client *client);
void console_server_link_local(struct console_server *console,
                               struct local_client *local);
void console_server_unlink_local(struct console_server *console,
                                 struct local_client *local);
void console_server_count_missed(struct console_server *console,
                                 uint64_t bytes);

#endif
