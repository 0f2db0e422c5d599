/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * terminal_parser.h - tells the control sequences in a stream of bytes for a
 * terminal from its text
 *
 * The grammar is ECMA-48's, as terminals understand it: ESC and a letter, CSI
 * sequences, strings (DCS, OSC, APC, PM, SOS), each also by its C1 character,
 * as a single byte or in UTF-8.  Text may be UTF-8 or of an 8-bit set.  A
 * parser that is all zeros is at the beginning.
 */
#ifndef MEDIATOR_TERMINAL_PARSER_H
#define MEDIATOR_TERMINAL_PARSER_H

#include <stdbool.h>
#include <stdint.h>

#define TERMINAL_PARAMETERS_MAX 16

enum terminal_event {
    TERMINAL_TEXT,    /* the byte is a character or a part of one */
    TERMINAL_CONTROL, /* a control character that acts by itself */
    TERMINAL_INSIDE,  /* of a sequence that has not ended, or a first byte
                       * that may begin one */
    TERMINAL_BROKEN,  /* what was inside ended before this byte, which must be
                       * taken again: it is no sequence, or a string that ESC
                       * ends, in most cases that of ESC \ */
    TERMINAL_ESCAPE,  /* the byte ends ESC, intermediates, final; or it is a C1
                       * character, whose letter behind ESC is in final */
    TERMINAL_CSI,     /* the byte ends a CSI sequence */
    TERMINAL_STRING,  /* the byte, other than ESC, ends a string */
};

struct terminal_parser {
    uint8_t state;     /* for terminal_parser.c alone */
    uint8_t utf8_left; /* as many bytes of a character are to come */
    uint8_t kind;      /* a string's letter behind ESC: P ] _ ^ X */
    bool has_question; /* a string has a question mark */
    uint8_t prefix;    /* of a CSI sequence: < = > ? or 0 */
    uint8_t intermediate; /* 20 to 2f, or 0 */
    bool has_more_intermediates; /* than that one */
    uint8_t final;
    uint8_t parameter_count;
    /* A CSI sequence's; the number of an OSC string is the first one.  What is
     * too large is 65535, and what was left out is 0. */
    uint16_t parameters[TERMINAL_PARAMETERS_MAX];
    bool has_more_parameters; /* than there are places for */
};

/* Takes the next byte.  What the parser's members say of a sequence holds
 * until the next call. */
enum terminal_event terminal_parser_take(struct terminal_parser *parser,
                                         uint8_t byte);

/* Whether the last byte left a sequence unfinished. */
bool terminal_parser_is_inside(const struct terminal_parser *parser);

/* Whether that is a string. */
bool terminal_parser_is_in_string(const struct terminal_parser *parser);

#endif
