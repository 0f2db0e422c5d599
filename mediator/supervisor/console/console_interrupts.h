/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_interrupts.h - the file by which the consoles of one guest share an
 * interrupt line (interrupt_levels.h)
 */
#ifndef MEDIATOR_CONSOLE_INTERRUPTS_H
#define MEDIATOR_CONSOLE_INTERRUPTS_H

#include <stdbool.h>

struct console;

/* Before a uart role of the console starts: makes the file if it is not there;
 * anew if this is the first console of a domain that is_new, whose number
 * another one had.  Fails with a message. */
int console_interrupts_prepare(const struct console *console, bool is_new);

/* The console has nothing more to do with its domain: the last one takes the
 * file with it. */
void console_interrupts_let_go(const struct console *console);

#endif
