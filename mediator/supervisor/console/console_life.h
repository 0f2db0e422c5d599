/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_life.h - a console's life: made, served by a uart role, removed
 *
 * Whatever happens to a console ends in console_progress().
 */
#ifndef MEDIATOR_CONSOLE_LIFE_H
#define MEDIATOR_CONSOLE_LIFE_H

#include "supervisor/console/console.h"

/* A console that is NEW, on no list and without files; NULL, with a message,
 * when memory is short. */
struct console *console_new(struct console_list *list);

/* Lets go of all that it holds; its files stay.  It is on no list. */
void console_free(struct console *console);

/* Its key and label, from guest and options.name.  Fails with a message. */
int console_name(struct console *console);

/* Takes a console that has no uart role off the network, off the list and off
 * the disk, and frees it. */
void console_remove(struct console *console);

/* Starts a role that adopts console->server, or creates one.  Fails with a
 * message. */
int console_start_uart_role(struct console *console);

/* The same for a guest that is served already and must not be left alone: a
 * start that fails, or files that cannot be made, are tried again later. */
void console_keep_uart_role(struct console *console);

/* Whether there is still the very domain that the console has. */
bool console_is_domain_alive(const struct console *console);

/* The end of the console's service begins; whoever waits is told `problem`,
 * or, with NULL, that all went well.  The console may be freed when this
 * returns. */
void console_begin_removal(struct console *console, const char *problem);

/* Moves the console on as far as it can go now.  The console may be freed when
 * this returns. */
void console_progress(struct console *console);

/* The console's domain may have ended.  The console may be freed when this
 * returns. */
void console_check_domain(struct console *console);

/* The net role listens for it (NULL), or why it does not.  The console may be
 * freed when this returns. */
void console_net_answered(struct console *console, const char *problem);

#endif
