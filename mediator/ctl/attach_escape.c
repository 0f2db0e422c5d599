/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_escape.c - the escape character of mediatorctl attach and the keys
 * behind it
 */
#include "ctl/attach_escape.h"

#include <ctype.h>
#include <string.h>

#define DELETE 0x7f /* ^? */

int attach_escape_parse(const char *text, int *character)
{
    int letter;

    if (!strcmp(text, "none")) {
        *character = ATTACH_ESCAPE_NONE;
        return 0;
    }
    if (text[0] != '^' || !text[1] || text[2])
        return -1;
    letter = toupper((unsigned char)text[1]);
    if (letter == '?')
        *character = DELETE;
    else if (letter >= '@' && letter <= '_')
        *character = letter - '@';
    else
        return -1;
    return 0;
}

void attach_escape_describe(int character, char text[3])
{
    text[0] = '^';
    text[1] = character == DELETE ? '?' : (char)('@' + character);
    text[2] = '\0';
}

enum attach_key attach_escape_take(struct attach_escape *escape,
                                   uint8_t byte)
{
    if (!escape->is_pending) {
        escape->is_pending = byte == escape->character;
        return escape->is_pending ? ATTACH_KEY_PREFIX : ATTACH_KEY_SEND;
    }
    escape->is_pending = false;
    if (byte == escape->character)
        return ATTACH_KEY_SEND;
    switch (byte) {
    case '.':
        return ATTACH_KEY_DETACH;
    case 'b':
        return ATTACH_KEY_BREAK;
    case 's':
        return ATTACH_KEY_STATUS;
    case '?':
        return ATTACH_KEY_HELP;
    default:
        return ATTACH_KEY_UNKNOWN;
    }
}
