/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_pty.h - a pty for each console, where xl console looks for one
 *
 * It lives as long as the console and is published for each of its domains.
 * The supervisor keeps the master, so that a reader survives the net role, and
 * hands it to the net role when somebody has opened the slave; the net role
 * lets go of it when the last one has closed it.  A reader who opens it gets
 * the history first, and finds the pty raw.  Nobody has it open while the
 * master says POLLHUP, for which the supervisor keeps no slave; inotify only
 * tells when to look.
 */
#ifndef MEDIATOR_CONSOLE_PTY_H
#define MEDIATOR_CONSOLE_PTY_H

#include <stdbool.h>

struct console;

/* Makes the pty, if need be, and lets xl console find it: the console's domain
 * is served now.  A failure is only a warning, for TCP clients are served all
 * the same. */
void console_pty_publish(struct console *console);

/* xl console does not find it any more: the console has no domain. */
void console_pty_withdraw(struct console *console);

/* Withdraws the pty and closes it, if it is open. */
void console_pty_close(struct console *console);

bool console_pty_is_open(const struct console *console);

/* Hands the master to the net role, if somebody has the slave open and the net
 * role has the console; to be called when either may have changed. */
void console_pty_progress(struct console *console);

/* The net role let go of the master (ROLE_PTY_REMOVED). */
void console_pty_removed(struct console *console);

/* The net role is gone, or does not have the console. */
void console_pty_net_gone(struct console *console);

#endif
