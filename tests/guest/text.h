/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.h - taking commands apart and putting replies together
 *
 * A command is words between blanks.  There are two kinds of numbers:
 *   hex      ports, addresses, values, masks, bytes: 3f8 or 0x3f8
 *   decimal  counts, seeds, times, sizes: 4096, or 0x1000 with the prefix
 */
#ifndef GUEST_TEXT_H
#define GUEST_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rest of a command line, from whose front words are cut off.  The text is
 * written to. */
struct words {
    char *next;
};

/* The next word, NUL-terminated, or NULL when there is none. */
char *words_take(struct words *words);

/* Everything that is left, without leading blanks; it may be "". */
char *words_rest(struct words *words);

/* Takes the next word as a number.  Returns false, and leaves *value as it is,
 * when there is no word or it is no number or it is above max. */
bool words_hex(struct words *words, uint32_t *value, uint32_t max);
bool words_decimal(struct words *words, uint32_t *value, uint32_t max);
bool words_seed(struct words *words, uint64_t *seed);

/* The same where the word may be missing: *value then keeps its default. */
bool words_hex_or(struct words *words, uint32_t *value, uint32_t max);
bool words_decimal_or(struct words *words, uint32_t *value, uint32_t max);

/* Whether there are no more words. */
bool words_end(struct words *words);

/* Parses a whole string as a number in base 10 (or 0x...) or base 16. */
bool text_number(const char *text, unsigned int base, uint64_t max,
                 uint64_t *value);

/* Turns pairs of hex digits, which may have blanks between them, into bytes,
 * in place.  Returns the number of bytes, or -1 when the text is something
 * else. */
int text_hex_bytes(char *text);

bool text_equal(const char *a, const char *b);

/* What follows the prefix in the text, or NULL when it does not begin with
 * it. */
const char *text_after(const char *text, const char *prefix);
size_t text_length(const char *text);

/* Formats as printf does, with %s %c %d %u %x %%, 0 and a width, and ll before
 * d, u, x.  Every character goes to put(). */
void text_format(void (*put)(char c), const char *format, va_list args);

/* A 64-bit division, for which gcc -m32 would call libgcc. */
uint64_t divide(uint64_t dividend, uint32_t divisor);

#endif
