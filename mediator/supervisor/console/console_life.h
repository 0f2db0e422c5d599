/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_life.h - steps in a console's life, for the files that begin them:
 * console_request.c (an operator's wishes) and console_restore.c (an earlier
 * mediatord's consoles, domains that end)
 */
#ifndef MEDIATOR_CONSOLE_LIFE_H
#define MEDIATOR_CONSOLE_LIFE_H

#include "supervisor/console/console.h"

/* How long a state may last that must not last.  An xl that waits for a start
 * gives up after 10 s: it shall hear why before. */
#define CONSOLE_START_SECONDS 8.0
#define CONSOLE_DEADLINE_SECONDS 10.0

/* A console that is on no list and has no files yet; NULL: out of memory. */
struct console *console_new(struct supervisor *supervisor);
void console_free(struct console *console);
void console_list_add(struct console *console);
struct console *console_find(struct supervisor *supervisor, const char *guest,
                             const char *name); /* NULL: any */

/* The one that is meant, or NULL with a message. */
struct console *console_find_one(struct supervisor *supervisor,
                                 const char *guest, const char *name);

/* Its key and label, from guest and options.name. */
int console_name(struct console *console);

/* Off the network, off the list, off the disk, freed. */
void console_remove(struct console *console);

int console_start_uart_role(struct console *console);
bool console_is_domain_alive(const struct console *console);

/* seconds 0: no deadline. */
void console_set_deadline(struct console *console, double seconds);

/* The domain has nothing more to do with this console: it becomes idle. */
void console_leave_domain(struct console *console);

/* Towards being gone; whoever waits is told `problem`, or, with NULL, that
 * all went well.  The console may be freed when this returns. */
void console_begin_removal(struct console *console, const char *problem);

/* Moves the console on as far as it can go now; called after every event.
 * The console may be freed when this returns. */
void console_progress(struct console *console);

#endif
