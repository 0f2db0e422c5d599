/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console.h - a console as the supervisor keeps it: (guest name, server name)
 *
 * Its history, TCP port and files outlive a domain; the ioreq server, the
 * machine port and the uart role belong to the domain that is served now.
 *
 * What a console is made of stands here.  What is done with it stands, from
 * the bottom to the top, in
 *
 *     console_list      the list, and what all consoles need of the supervisor
 *     console_files     the folder with its rings
 *     console_record    the file by which the next mediatord knows it
 *     console_wire      the tty of wire=
 *     console_interrupts  the interrupt lines that a guest's consoles share
 *     console_pty       the pty for xl console
 *     console_network   what the net role is told of it
 *     console_state     the states, and what entering each of them does
 *     console_life      its uart role, and what happens to it
 *     consoles          what happens to all consoles
 *     console_restore   those that are there when mediatord begins
 *     console_request   serve and unserve
 *     console_break     a break for the guest
 *     console_attach    a client in dom0
 */
#ifndef MEDIATOR_CONSOLE_H
#define MEDIATOR_CONSOLE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/console_options.h"
#include "shared/console_paths.h"
#include "shared/in_ring.h"
#include "shared/out_ring.h"
#include "supervisor/host/domain.h"
#include "supervisor/host/linux_tty.h"
#include "supervisor/roles/restart_delay.h"
#include "supervisor/roles/role_process.h"

struct console_list;

/* console_state.h says how a console gets from one to the next. */
enum console_state {
    CONSOLE_NEW,      /* just made; on no list, or about to be */
    CONSOLE_IDLE,     /* it has no domain */
    CONSOLE_STARTING, /* somebody waits for the end of a serve */
    CONSOLE_SERVING,
    CONSOLE_REMOVING, /* the server is being taken from a living domain */
    CONSOLE_ENDING,   /* the domain is dying; the uart role finishes */
    CONSOLE_STATES
};

/* Called once when a request that was begun is done; problem is NULL after
 * success. */
typedef void console_done(void *opaque, const char *problem);

/* console_pty.h says what it is for. */
struct console_pty {
    int master, notify;        /* notify: inotify */
    ev_io watcher;
    char path[64];             /* of the slave */
    bool is_published;
    bool is_given;             /* the net role has the master */
    bool is_resumed;           /* its reader goes on, without the history */
};

#define CONSOLE_PTY_CLOSED \
    ((struct console_pty){ .master = -1, .notify = -1 })

struct console {
    struct console *next;
    struct console_list *list;
    uint32_t number;                 /* by which roles know it */
    char guest[DOMAIN_NAME_BYTES];
    char key[CONSOLE_KEY_BYTES];
    char label[DOMAIN_NAME_BYTES + SERVER_NAME_BYTES]; /* "g1/com1" */
    struct console_options options;
    bool is_configured;              /* mediator.cfg names it: */
    struct console_options configured; /* what holds unless a guest says
                                        * something else */
    bool is_kept;                    /* it becomes idle when its server is
                                      * removed, and is not removed with it */

    enum console_state state;        /* only console_enter() changes it */
    struct domain domain;            /* unless NEW or IDLE */
    uint32_t server;                 /* or ROLE_NO_SERVER */
    struct linux_tty tty;            /* taken from Linux with its port */
    int wire_fd;                     /* of wire=, or -1 */
    ev_timer wire_retry;             /* look for a wire= that was lost */
    struct restart_delay wire_delay; /* between two looks */
    uint64_t wire_missed;            /* as reported when it was lost */

    struct role_process uart;
    bool is_uart_ready;
    bool is_listening;               /* the net role has it */
    bool is_net_asked;               /* the net role is to answer whether it
                                      * listens */
    bool is_guest_told;              /* the net role was told last that there
                                      * is a guest */
    uint32_t unserved_domid;         /* of a domain that runs without it, as
                                      * has been said; 0: none */
    unsigned int restarts;           /* of the uart role */
    struct restart_delay delay;      /* before it is started again */
    ev_timer retry;                  /* start the role again */
    ev_timer deadline;               /* of a state that must not last */

    bool has_files;                  /* all of them are made and seen */
    struct out_ring out;             /* read-only views, for status */
    struct in_ring in;
    struct console_pty pty;          /* for xl console */

    console_done *done;              /* whom a request's end is told */
    void *done_opaque;
    char problem[LOG_TEXT_BYTES];    /* what to tell, "" for success */
};

#endif
