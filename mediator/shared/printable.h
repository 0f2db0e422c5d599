/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printable.h - texts of others, made fit for a log or a terminal
 *
 * Names of guests and what roles say may hold line ends, which forge lines of
 * a log, and escape sequences, which a terminal obeys.
 */
#ifndef MEDIATOR_PRINTABLE_H
#define MEDIATOR_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRINTABLE_NO_CHARACTER 0xfffdu /* what Unicode has for such bytes */

/* How many bytes the character at text has, and whether it can be printed: not
 * so a control character (also DEL, and those of ISO 6429 above 7f), what
 * turns the direction of writing, and a byte that is no UTF-8, which is
 * PRINTABLE_NO_CHARACTER.  text is not empty. */
size_t printable_character(const char *text, uint32_t *character,
                           bool *is_printable);

/* Copies text to a place of `bytes` bytes (at least one), with \x1b in the
 * place of each byte, here ESC, of what cannot be printed.  What does not fit
 * is cut off between characters. */
void printable(char *place, size_t bytes, const char *text);

#endif
