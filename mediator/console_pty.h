/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_pty.h - a pty for each console, where xl console looks for one
 *
 * It lives as long as the console and is published for each of its domains.
 * The supervisor keeps both ends, so that a reader survives the net role; it
 * hands the master to the net role while somebody has the slave open, which
 * inotify tells, and takes it back when the last one closes it.  A reader who
 * opens it gets the history first.
 */
#ifndef MEDIATOR_CONSOLE_PTY_H
#define MEDIATOR_CONSOLE_PTY_H

#include <ev.h>
#include <stdbool.h>

struct console;

struct console_pty {
    int master, slave, notify; /* notify: inotify */
    ev_io watcher;
    char path[64];             /* of the slave */
    unsigned int openings;     /* of the slave, by others */
    bool is_published;
    bool is_given;             /* the net role has the master */
    bool is_leaving;           /* and was asked to let go of it */
    bool is_resumed;           /* its reader goes on, without the history */
};

#define CONSOLE_PTY_CLOSED \
    ((struct console_pty){ .master = -1, .slave = -1, .notify = -1 })

/* The console's domain is served: xl console finds it.  A failure is a
 * warning: TCP clients are served all the same. */
void console_pty_publish(struct console *console);
/* The console has no domain any more. */
void console_pty_withdraw(struct console *console);
/* Idempotent, and withdraws it. */
void console_pty_close(struct console *console);
bool console_pty_is_open(const struct console *console);

/* Hands the master over or asks for it back, if that is due; after each of
 * these events. */
void console_pty_progress(struct console *console);
void console_pty_removed(struct console *console);  /* ROLE_PTY_REMOVED */
/* The net role is gone, or was told to forget the console. */
void console_pty_net_gone(struct console *console);

#endif
