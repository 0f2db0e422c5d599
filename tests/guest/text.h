/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.h - taking commands apart and putting replies together
 *
 * Commands are words between blanks.  Two kinds of numbers:
 *   hex      ports, addresses, values, masks, bytes: 3f8 or 0x3f8
 *   decimal  counts, seeds, times, sizes: 4096, or 0x1000 with the prefix
 */
#ifndef GUEST_TEXT_H
#define GUEST_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rest of a command line; words are cut off at the front.  Writable. */
struct words {
    char *next;
};

/* Next word, NUL-terminated, or NULL. */
char *words_take(struct words *words);

/* Everything that is left, without leading blanks; may be "". */
char *words_rest(struct words *words);

/* The next word as a number.  False, and *value untouched, if there is none or
 * it is no number or it is above max. */
bool words_hex(struct words *words, uint32_t *value, uint32_t max);
bool words_decimal(struct words *words, uint32_t *value, uint32_t max);
bool words_seed(struct words *words, uint64_t *seed);

/* The same where the word may be missing: *value keeps its default then. */
bool words_hex_or(struct words *words, uint32_t *value, uint32_t max);
bool words_decimal_or(struct words *words, uint32_t *value, uint32_t max);

bool words_end(struct words *words);

/* A whole string as a number: base 10 (or 0x...) or base 16. */
bool text_number(const char *text, unsigned int base, uint64_t max,
                 uint64_t *value);

/* Pairs of hex digits, blanks between pairs allowed, turned into bytes in place.
 * Returns the number of bytes, or -1. */
int text_hex_bytes(char *text);

bool text_equal(const char *a, const char *b);
/* What follows prefix in text, or NULL. */
const char *text_after(const char *text, const char *prefix);
size_t text_length(const char *text);

/* printf's %s %c %d %u %x %% with 0 and width, and ll before d, u, x; every
 * character goes to put(). */
void text_format(void (*put)(char c), const char *format, va_list args);

/* gcc -m32 would call libgcc for a 64-bit division. */
uint64_t divide(uint64_t dividend, uint32_t divisor);

#endif
