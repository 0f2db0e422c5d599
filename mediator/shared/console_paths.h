/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_paths.h - where a console's files are
 *
 *     DIRECTORY/                 /run/mediatord, tmpfs, 0700
 *         lock                   held by the supervisor
 *         control                socket for mediatorctl
 *         net.wake               FIFO: uart roles wake the net role
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

/* KEY: guest and server name with what a file name cannot hold (and '@', '%')
 * as %XX, joined by '@'. */
#define CONSOLE_KEY_BYTES 256

/* Fails when the names are too long (or empty). */
int console_key(char key[CONSOLE_KEY_BYTES], const char *guest,
                const char *name);

/* file: "" for the console's folder itself. */
int console_path(char path[PATH_MAX], const char *directory, const char *key,
                 const char *file);

#endif
