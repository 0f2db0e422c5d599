/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_paths.h - where a console's files are
 *
 *     DIRECTORY/                 /run/mediatord, tmpfs, 0700
 *         lock                   held by the supervisor and all roles
 *         control                socket for mediatorctl
 *         net.wake               FIFO: uart roles wake the net role
 *         interrupts.DOMID       what the consoles of a domain want of its
 *                                interrupt lines: interrupt_levels.h
 *         consoles/KEY/          one a console
 *             record             the supervisor's; what to serve, as JSON
 *             state              uart role only
 *             out                uart role writes, net role reads
 *             in                 net role writes, uart role reads
 *             uart.wake          FIFO: the net role wakes the uart role
 */
#ifndef MEDIATOR_CONSOLE_PATHS_H
#define MEDIATOR_CONSOLE_PATHS_H

#include <limits.h>

/* KEY is the guest's name, '@' and the server's name.  Of the names, what a
 * file name cannot hold, and '@' and '%', is written as %XX. */
#define CONSOLE_KEY_BYTES 256

/* Makes the key.  Fails, with a message, when a name is too long or empty. */
int console_key(char key[CONSOLE_KEY_BYTES], const char *guest,
                const char *name);

/* Makes the path of a console's file, or of its folder when file is "".
 * Fails, with a message, when the path is too long. */
int console_path(char path[PATH_MAX], const char *directory, const char *key,
                 const char *file);

#endif
