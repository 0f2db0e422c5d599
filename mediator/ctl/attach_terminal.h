/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_terminal.h - the terminal on standard input: raw while attached, and
 * as it was before however the program ends (all but SIGKILL)
 */
#ifndef MEDIATOR_ATTACH_TERMINAL_H
#define MEDIATOR_ATTACH_TERMINAL_H

#include <stdbool.h>

/* Is there one?  Then it is raw from now on. */
bool attach_terminal_begin(void);
void attach_terminal_end(void);

/* A message of our own, on a line of its own, to standard error. */
__attribute__((format(printf, 1, 2)))
void attach_say(const char *format, ...);

#endif
