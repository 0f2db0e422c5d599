/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_terminal.h - the terminal on standard input: raw while attached, and
 * as it was before however the program ends (all but SIGKILL)
 */
#ifndef MEDIATOR_ATTACH_TERMINAL_H
#define MEDIATOR_ATTACH_TERMINAL_H

#include <stdbool.h>

/* Makes standard input raw if it is a terminal.  Returns whether it is. */
bool attach_terminal_begin(void);

/* Restores the terminal.  It is also called at exit. */
void attach_terminal_end(void);

/* Writes a message of mediatorctl's to standard error, on a line of its
 * own; names and others' texts in it cannot move the cursor
 * (shared/printable.h). */
__attribute__((format(printf, 1, 2)))
void attach_say(const char *format, ...);

#endif
