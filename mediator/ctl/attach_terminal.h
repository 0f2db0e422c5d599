/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_terminal.h - the terminal on standard input: raw while attached, and
 * as it was before however the program ends (all but SIGKILL); and the one on
 * standard output, from which goes what the guest did to it (attach_undo.h)
 */
#ifndef MEDIATOR_ATTACH_TERMINAL_H
#define MEDIATOR_ATTACH_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes standard input raw if it is a terminal.  Returns whether it is. */
bool attach_terminal_begin(void);

/* Restores the terminal.  It is also called at exit. */
void attach_terminal_end(void);

/* Standard output has these bytes of the guest's now. */
void attach_terminal_shown(const uint8_t *bytes, size_t count);

/* Undoes what the guest did to the terminal, before a last message: it would
 * be lost with the alternate screen. */
void attach_terminal_undo(void);

/* Writes a message of mediatorctl's to standard error, on a line of its
 * own; names and others' texts in it cannot move the cursor
 * (shared/printable.h). */
__attribute__((format(printf, 1, 2)))
void attach_say(const char *format, ...);

#endif
