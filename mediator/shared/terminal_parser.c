/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * terminal_parser.c - the states of a terminal that reads control sequences
 */
#include "shared/terminal_parser.h"

#include <string.h>

#define BEL 0x07
#define ESC 0x1b
#define DEL 0x7f

enum state {
    GROUND,
    C1_LEAD,        /* c2: the first byte of a C1 character in UTF-8 */
    ESCAPE,         /* behind ESC, and intermediates */
    CSI,            /* its parameters */
    CSI_END,        /* its intermediates */
    STRING,
    STRING_C1_LEAD, /* c2 in a string */
    PALETTE,        /* Linux's ESC ] P and seven digits, which has no end */
};

#define PALETTE_DIGITS 7

static enum terminal_event go(struct terminal_parser *parser,
                              enum state state, enum terminal_event event)
{
    parser->state = state;
    return event;
}

static enum terminal_event begin(struct terminal_parser *parser,
                                 enum state state)
{
    *parser = (struct terminal_parser){ .state = state };
    return TERMINAL_INSIDE;
}

/* As many bytes of a UTF-8 character follow this one. */
static unsigned int utf8_tail(uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4)
        return 0;
    return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
}

/* ESC and this byte stood there, or what stands for both as one C1
 * character. */
static enum terminal_event take_final(struct terminal_parser *parser,
                                      uint8_t byte)
{
    switch (byte) {
    case '[':
        return begin(parser, CSI);
    case 'P': case ']': case '_': case '^': case 'X':
        begin(parser, STRING);
        parser->kind = byte;
        return TERMINAL_INSIDE;
    default:
        parser->final = byte;
        return go(parser, GROUND, TERMINAL_ESCAPE);
    }
}

static enum terminal_event take_c1(struct terminal_parser *parser,
                                   uint8_t byte)
{
    begin(parser, GROUND);
    return take_final(parser, byte - 0x40);
}

static enum terminal_event take_ground(struct terminal_parser *parser,
                                       uint8_t byte)
{
    if (parser->utf8_left > 0 && (byte & 0xc0) == 0x80) {
        parser->utf8_left--;
        return TERMINAL_TEXT;
    }
    parser->utf8_left = 0;
    if (byte == ESC)
        return begin(parser, ESCAPE);
    if (byte < 0x20 || byte == DEL)
        return TERMINAL_CONTROL;
    if (byte >= 0x80 && byte < 0xa0)
        return take_c1(parser, byte);
    if (byte == 0xc2)
        return begin(parser, C1_LEAD);
    parser->utf8_left = utf8_tail(byte);
    return TERMINAL_TEXT;
}

static enum terminal_event take_c1_lead(struct terminal_parser *parser,
                                        uint8_t byte)
{
    if (byte >= 0x80 && byte < 0xa0)
        return take_c1(parser, byte);
    parser->state = GROUND;
    /* A lone c2 is a character of an 8-bit set. */
    return (byte & 0xc0) == 0x80 ? TERMINAL_TEXT : take_ground(parser, byte);
}

static void add_intermediate(struct terminal_parser *parser, uint8_t byte)
{
    if (parser->intermediate)
        parser->has_more_intermediates = true;
    else
        parser->intermediate = byte;
}

static enum terminal_event take_escape(struct terminal_parser *parser,
                                       uint8_t byte)
{
    if (byte < 0x20 || byte >= DEL)
        return go(parser, GROUND, TERMINAL_BROKEN);
    if (byte < 0x30) {
        add_intermediate(parser, byte);
        return TERMINAL_INSIDE;
    }
    if (!parser->intermediate)
        return take_final(parser, byte);
    parser->final = byte;
    return go(parser, GROUND, TERMINAL_ESCAPE);
}

static void add_parameter_byte(struct terminal_parser *parser, uint8_t byte)
{
    uint16_t *last;

    if (parser->parameter_count == 0)
        parser->parameter_count = 1;
    if (byte == ':' || byte == ';') {
        if (parser->parameter_count < TERMINAL_PARAMETERS_MAX)
            parser->parameter_count++;
        else
            parser->has_more_parameters = true;
    } else if (!parser->has_more_parameters) {
        last = &parser->parameters[parser->parameter_count - 1];
        *last = *last < 6553 ? *last * 10 + byte - '0' : UINT16_MAX;
    }
}

static enum terminal_event take_csi(struct terminal_parser *parser,
                                    uint8_t byte)
{
    if (byte < 0x20 || byte >= DEL)
        return go(parser, GROUND, TERMINAL_BROKEN);
    if (byte < 0x30) {
        add_intermediate(parser, byte);
        return go(parser, CSI_END, TERMINAL_INSIDE);
    }
    if (byte >= 0x40) {
        parser->final = byte;
        return go(parser, GROUND, TERMINAL_CSI);
    }
    if (parser->state == CSI_END)
        return go(parser, GROUND, TERMINAL_BROKEN);
    if (byte <= ';') {
        add_parameter_byte(parser, byte);
        return TERMINAL_INSIDE;
    }
    if (parser->prefix || parser->parameter_count > 0)
        return go(parser, GROUND, TERMINAL_BROKEN);
    parser->prefix = byte;
    return TERMINAL_INSIDE;
}

/* The number before the first semicolon; utf8_left, which has no other use
 * among digits, counts Linux's. */
static enum terminal_event take_string_start(struct terminal_parser *parser,
                                             uint8_t byte)
{
    if (parser->kind == ']' && parser->parameter_count == 0) {
        if (byte == 'R')
            return go(parser, GROUND, TERMINAL_STRING);
        if (byte == 'P') {
            parser->utf8_left = PALETTE_DIGITS;
            return go(parser, PALETTE, TERMINAL_INSIDE);
        }
    }
    if (byte >= '0' && byte <= '9' && parser->parameter_count <= 1)
        add_parameter_byte(parser, byte);
    else
        parser->parameter_count = 2; /* no digit is of the number any more */
    return TERMINAL_INSIDE;
}

static enum terminal_event take_string(struct terminal_parser *parser,
                                       uint8_t byte)
{
    if (parser->utf8_left > 0 && (byte & 0xc0) == 0x80) {
        parser->utf8_left--;
        return TERMINAL_INSIDE;
    }
    parser->utf8_left = 0;
    parser->has_question |= byte == '?';
    if (byte == ESC || byte == 0x18 || byte == 0x1a) /* CAN, SUB */
        return go(parser, GROUND, TERMINAL_BROKEN);
    if (byte == 0x9c || (byte == BEL && parser->kind == ']'))
        return go(parser, GROUND, TERMINAL_STRING);
    if (byte == 0xc2)
        return go(parser, STRING_C1_LEAD, TERMINAL_INSIDE);
    parser->utf8_left = utf8_tail(byte);
    return parser->utf8_left > 0 ? TERMINAL_INSIDE
                                 : take_string_start(parser, byte);
}

static enum terminal_event take_string_c1_lead(
    struct terminal_parser *parser, uint8_t byte)
{
    if (byte == 0x9c)
        return go(parser, GROUND, TERMINAL_STRING);
    parser->state = STRING;
    return (byte & 0xc0) == 0x80 ? TERMINAL_INSIDE
                                 : take_string(parser, byte);
}

static enum terminal_event take_palette(struct terminal_parser *parser,
                                        uint8_t byte)
{
    if (!memchr("0123456789abcdefABCDEF", byte, 22))
        return go(parser, GROUND, TERMINAL_BROKEN);
    if (--parser->utf8_left > 0)
        return TERMINAL_INSIDE;
    return go(parser, GROUND, TERMINAL_STRING);
}

enum terminal_event terminal_parser_take(struct terminal_parser *parser,
                                         uint8_t byte)
{
    enum terminal_event event;

    switch ((enum state)parser->state) {
    case C1_LEAD:
        return take_c1_lead(parser, byte);
    case ESCAPE:
        return take_escape(parser, byte);
    case CSI:
    case CSI_END:
        return take_csi(parser, byte);
    case STRING:
        return take_string(parser, byte);
    case STRING_C1_LEAD:
        return take_string_c1_lead(parser, byte);
    case PALETTE:
        event = take_palette(parser, byte);
        if (event == TERMINAL_BROKEN)
            parser->utf8_left = 0;
        return event;
    case GROUND:
        break;
    }
    return take_ground(parser, byte);
}

bool terminal_parser_is_inside(const struct terminal_parser *parser)
{
    return parser->state != GROUND;
}

bool terminal_parser_is_in_string(const struct terminal_parser *parser)
{
    return parser->state == STRING || parser->state == STRING_C1_LEAD ||
           parser->state == PALETTE;
}
