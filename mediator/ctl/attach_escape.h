/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_escape.h - which keys are mediatorctl attach's, which the guest's
 */
#ifndef MEDIATOR_ATTACH_ESCAPE_H
#define MEDIATOR_ATTACH_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#define ATTACH_ESCAPE_NONE (-1)
#define ATTACH_ESCAPE_DEFAULT 0x1d /* ^] */

enum attach_key {
    ATTACH_KEY_SEND,    /* it goes to the guest */
    ATTACH_KEY_PREFIX,  /* the escape character: the next one says what */
    ATTACH_KEY_DETACH,  /* . */
    ATTACH_KEY_BREAK,   /* b */
    ATTACH_KEY_STATUS,  /* s */
    ATTACH_KEY_HELP,    /* ? */
    ATTACH_KEY_UNKNOWN, /* any other */
};

struct attach_escape {
    int character;      /* or ATTACH_ESCAPE_NONE */
    bool is_pending;    /* the last one typed was it */
};

/* "^X" or "none"; 0, or -1 when it is neither. */
int attach_escape_parse(const char *text, int *character);

/* "^]", in a buffer of three. */
void attach_escape_describe(int character, char text[3]);

/* What to do with the next byte typed. */
enum attach_key attach_escape_take(struct attach_escape *escape,
                                   uint8_t byte);

#endif
