/* SPDX-License-Identifier: BSD-2-Clause */
/* printable.c - which characters of UTF-8 a terminal only shows */
#include "shared/printable.h"

#include <stdio.h>
#include <string.h>

#define ESCAPED_BYTES 4 /* \x1b */
#define CHARACTER_BYTES_MAX 4

/* RFC 3629: how many bytes the sequence at text has, 0 when it is none. */
static size_t decode(const unsigned char *text, uint32_t *character)
{
    static const struct {
        uint8_t mask, lead; /* of the first byte */
        uint32_t least;     /* what is less has a shorter form */
    } forms[] = {
        { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
        { 0xf8, 0xf0, 0x10000 },
    };
    size_t bytes, i;

    for (bytes = 0; bytes < CHARACTER_BYTES_MAX; bytes++)
        if ((text[0] & forms[bytes].mask) == forms[bytes].lead)
            break;
    if (bytes == CHARACTER_BYTES_MAX)
        return 0;
    *character = text[0] & ~forms[bytes].mask & 0xff;
    for (i = 1; i <= bytes; i++) {
        if ((text[i] & 0xc0) != 0x80) /* the end of the text, too */
            return 0;
        *character = *character << 6 | (text[i] & 0x3f);
    }
    if (*character < forms[bytes].least || *character > 0x10ffff ||
        (*character >= 0xd800 && *character <= 0xdfff))
        return 0;
    return bytes + 1;
}

/* Unicode: C0, DEL, C1; LINE and PARAGRAPH SEPARATOR and the embeddings,
 * overrides and isolates of the bidirectional algorithm. */
static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character <= 0x9f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

size_t printable_character(const char *text, uint32_t *character,
                           bool *is_printable)
{
    size_t bytes = decode((const unsigned char *)text, character);

    *is_printable = bytes > 0 && !is_control(*character);
    if (bytes > 0)
        return bytes;
    *character = PRINTABLE_NO_CHARACTER;
    return 1;
}

void printable(char *place, size_t bytes, const char *text)
{
    size_t used = 0, length, i;
    uint32_t character;
    bool is_printable;

    while (*text) {
        length = printable_character(text, &character, &is_printable);
        if (used + length * (is_printable ? 1 : ESCAPED_BYTES) >= bytes)
            break;
        if (is_printable)
            memcpy(place + used, text, length);
        else
            for (i = 0; i < length; i++)
                snprintf(place + used + i * ESCAPED_BYTES, ESCAPED_BYTES + 1,
                         "\\x%02x", (unsigned char)text[i]);
        used += length * (is_printable ? 1 : ESCAPED_BYTES);
        text += length;
    }
    place[used] = '\0';
}
