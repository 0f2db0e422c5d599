/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.h - a console as the supervisor keeps it: (guest name, server name)
 *
 * Its history, TCP port and files outlive a domain; the ioreq server, the
 * machine port and the uart role belong to the domain that is served now.
 */
#ifndef MEDIATOR_CONSOLE_H
#define MEDIATOR_CONSOLE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/console_paths.h"
#include "supervisor/console/console_pty.h"
#include "supervisor/host/domain.h"
#include "shared/in_ring.h"
#include "supervisor/host/linux_tty.h"
#include "shared/out_ring.h"
#include "supervisor/roles/role_process.h"
#include "shared/console_options.h"

struct supervisor;

enum console_state {
    CONSOLE_IDLE,     /* no domain */
    CONSOLE_STARTING, /* somebody waits for serve */
    CONSOLE_SERVING,
    CONSOLE_REMOVING, /* the server is being taken from a living domain */
    CONSOLE_ENDING,   /* the domain is dying; the uart role finishes */
};

extern const char *const console_state_names[];

/* Called once when a request that was begun is done; problem is NULL after
 * success. */
typedef void console_done(void *opaque, const char *problem);

struct console {
    struct console *next;
    struct supervisor *supervisor;
    uint32_t number;                      /* between the supervisor and roles */
    char guest[DOMAIN_NAME_BYTES];
    char key[CONSOLE_KEY_BYTES];
    char label[DOMAIN_NAME_BYTES + SERVER_NAME_BYTES]; /* "g1/com1" */
    struct console_options options;
    bool is_configured;                   /* named in mediator.cfg: */
    struct console_options configured;      /* what a guest does not say */
    bool is_kept;                         /* when its server goes: becomes
                                           * idle instead of being removed */

    enum console_state state;
    struct domain domain;                 /* not when idle */
    uint32_t server;                      /* or ROLE_NO_SERVER */
    struct linux_tty tty;                 /* taken from Linux */
    int wire_fd;                          /* of wire=, or -1 */

    struct role_process uart;
    bool is_uart_ready;
    bool is_listening;                    /* the net role has it */
    unsigned int restarts;                /* of the uart role */
    unsigned int failures;                /* since it was last ready */
    ev_timer retry;                       /* start the role again */
    ev_timer deadline;                    /* of a state that must not last */

    struct out_ring out;                  /* read-only views, for status */
    struct in_ring in;
    struct console_pty pty;               /* for xl console */

    console_done *done;                   /* whom a request's end is told */
    void *done_opaque;
    char problem[LOG_TEXT_BYTES];         /* what to tell, "" for success */
};

/* What is asked for still belongs to a domain that is ending: ask again when
 * supervisor_console_idle() is called. */
#define CONSOLE_BUSY 1

/* Both begin a request and return 0, or fail at once with -1 and a message
 * (log_last_error()), or CONSOLE_BUSY, without a call of done. */
int console_serve(struct supervisor *supervisor, const struct domain *domain,
                  const char *options, console_done *done, void *opaque);
/* name NULL: the guest's only console. */
int console_unserve(struct supervisor *supervisor, const char *guest,
                    const char *name, console_done *done, void *opaque);

/* The guest receives a break; done at once.  name NULL: as above. */
int console_break(struct supervisor *supervisor, const char *guest,
                  const char *name);

/* What a client of a console in dom0 asks for. */
struct console_attach {
    const char *guest, *name; /* name NULL: as above */
    bool has_from;
    uint64_t from;            /* offset in the guest's output; without it the
                               * history comes first, as for a TCP client */
    bool is_read_only;
};

/* Returns the client's end of a socket (attach_protocol.h), the other is the
 * net role's; or -1 with a message.  may_retry: asking again helps. */
int console_attach(struct supervisor *supervisor,
                   const struct console_attach *wanted, bool *may_retry);

/* Whoever waited for console_serve() or console_unserve() is gone. */
void console_forget_request(struct supervisor *supervisor, void *opaque);

/* Takes up the consoles that an earlier mediatord left in the directory, and
 * those that mediator.cfg names. */
int console_restore_all(struct supervisor *supervisor);

/* A domain ended: looks which. */
void console_check_domains(struct supervisor *supervisor);

/* Asks all uart roles to stop; servers stay for the next mediatord. */
void console_stop_all(struct supervisor *supervisor);
bool console_any_role_runs(const struct supervisor *supervisor);
void console_free_all(struct supervisor *supervisor);

struct console *console_by_number(struct supervisor *supervisor,
                                  uint32_t number);
bool console_is_on_network(const struct console *console);

/* The net role listens for it (NULL), or why it does not. */
void console_net_answered(struct console *console, const char *problem);

#endif
