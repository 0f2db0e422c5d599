/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_escape.h - tells the keys that are commands to mediatorctl attach
 * from those that are for the guest
 *
 * A command is the escape character and one more key.
 */
#ifndef MEDIATOR_ATTACH_ESCAPE_H
#define MEDIATOR_ATTACH_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#define ATTACH_ESCAPE_NONE (-1)
#define ATTACH_ESCAPE_DEFAULT 0x1d /* ^] */

enum attach_key {
    ATTACH_KEY_SEND,    /* the byte goes to the guest */
    ATTACH_KEY_PREFIX,  /* it is the escape character: the next byte decides */
    ATTACH_KEY_DETACH,  /* escape and . */
    ATTACH_KEY_BREAK,   /* escape and b */
    ATTACH_KEY_STATUS,  /* escape and s */
    ATTACH_KEY_HELP,    /* escape and ? */
    ATTACH_KEY_UNKNOWN, /* escape and any other */
};

struct attach_escape {
    int character;   /* the escape character, or ATTACH_ESCAPE_NONE */
    bool is_pending; /* the last byte typed was the escape character */
};

/* Parses "^X" or "none".  Returns 0, or -1 when the text is neither. */
int attach_escape_parse(const char *text, int *character);

/* Writes the character as "^X". */
void attach_escape_describe(int character, char text[3]);

/* What to do with the next byte typed. */
enum attach_key attach_escape_take(struct attach_escape *escape,
                                   uint8_t byte);

#endif
