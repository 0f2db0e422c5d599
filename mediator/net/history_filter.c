/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * history_filter.c - which control sequences of the history pass, and where
 * they begin and end
 *
 * The sequences are those of ECMA-48, the VT510 and xterm ("XTerm Control
 * Sequences"), and Linux's console_codes(4).
 */
#include "net/history_filter.h"

#include <string.h>

#define ENQ 0x05 /* answered by the terminal's answerback message */

/* ESC and a letter, and C1 characters: index, tabs, the cursor saved, reset,
 * keypad, character sets, memory lock.  DECID (Z) is a query; ESC \ ends a
 * string that is left out. */
static const char escape_finals[] = "6789=>DEHMNOVWclmno|}~";

/* Behind these intermediates, any final: character sets, lines' sizes, UTF-8,
 * ANSI conformance. */
static const char escape_intermediates[] = "()*+-./#% ";

/* CSI and a final, without prefix and intermediate.  Not: DA (c), DSR (n),
 * DECREQTPARM (x), windows (t), printing (i), LEDs (q). */
static const char csi_finals[] = "@ABCDEFGHIJKLMPSTXZ`abdefghlmrsu";

/* CSI ? modes h or l.  Not: those whose change is reported at once, as that of
 * the focus (1004) and of the window's size (2048), and what is unknown. */
static const uint16_t private_modes[] = {
    1, 3, 4, 5, 6, 7, 8, 9, 12, 25, 40, 45, 47, 66, 67, 69, 95, 1000, 1001,
    1002, 1003, 1005, 1006, 1007, 1015, 1016, 1034, 1047, 1048, 1049, 2004,
    2026,
};

#define PRIVATE_MODES (sizeof(private_modes) / sizeof(private_modes[0]))

static bool is_one_of(uint8_t byte, const char *characters)
{
    return byte && strchr(characters, byte);
}

static bool escape_passes(const struct terminal_parser *parser)
{
    return parser->intermediate
               ? is_one_of(parser->intermediate, escape_intermediates) &&
                     !parser->has_more_intermediates
               : is_one_of(parser->final, escape_finals);
}

static bool is_known_mode(uint16_t mode)
{
    unsigned int i;

    for (i = 0; i < PRIVATE_MODES; i++)
        if (private_modes[i] == mode)
            return true;
    return false;
}

static bool private_passes(const struct terminal_parser *parser)
{
    unsigned int i;

    /* DECSED and DECSEL; modes restored and saved. */
    if (is_one_of(parser->final, "JK"))
        return true;
    if (!is_one_of(parser->final, "hlrs") || parser->has_more_parameters)
        return false;
    for (i = 0; i < parser->parameter_count; i++)
        if (!is_known_mode(parser->parameters[i]))
            return false;
    return true;
}

static bool csi_passes(const struct terminal_parser *parser)
{
    if (parser->has_more_intermediates)
        return false;
    if (parser->intermediate)
        /* The cursor's shape, protected characters, a soft reset. */
        return !parser->prefix &&
               ((parser->intermediate == ' ' && parser->final == 'q') ||
                (parser->intermediate == '"' && parser->final == 'q') ||
                (parser->intermediate == '!' && parser->final == 'p'));
    switch (parser->prefix) {
    case 0:
        return is_one_of(parser->final, csi_finals);
    case '?':
        return private_passes(parser);
    default:
        /* How keys are sent: xterm's > m, and kitty's > = < u. */
        return parser->final == 'u' ||
               (parser->prefix == '>' && parser->final == 'm');
    }
}

static bool passes(const struct terminal_parser *parser,
                   enum terminal_event event, uint8_t byte)
{
    switch (event) {
    case TERMINAL_TEXT:
        return true;
    case TERMINAL_CONTROL:
        return byte != ENQ;
    case TERMINAL_ESCAPE:
        return escape_passes(parser);
    case TERMINAL_CSI:
        return csi_passes(parser);
    case TERMINAL_INSIDE:
    case TERMINAL_BROKEN:
    case TERMINAL_STRING:
        break;
    }
    return false;
}

/* Goes on with what is being left out, to its end. */
static size_t leave_out(struct history_filter *filter, const uint8_t *bytes,
                        size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        enum terminal_event event = terminal_parser_take(&filter->parser,
                                                         bytes[i]);

        if (event == TERMINAL_INSIDE)
            continue;
        filter->is_leaving_out = false;
        /* Where it is broken, the byte is of what comes next. */
        return event == TERMINAL_BROKEN ? i : i + 1;
    }
    return count;
}

/* Looks at the bytes one sequence after the other.  Returns how many pass from
 * the first one on; if that is 0, *end is where the first sequence ends, or 0
 * when it does not. */
static size_t find_passing(struct terminal_parser *parser,
                           const uint8_t *bytes, size_t count, size_t *end)
{
    size_t begin = 0, i = 0;

    *end = 0;
    while (i < count) {
        enum terminal_event event = terminal_parser_take(parser, bytes[i]);

        if (event == TERMINAL_INSIDE) {
            i++;
            continue;
        }
        if (!passes(parser, event, bytes[i])) {
            *end = event == TERMINAL_BROKEN ? i : i + 1;
            return begin;
        }
        begin = ++i;
    }
    return begin;
}

size_t history_filter_next(struct history_filter *filter,
                           const uint8_t *bytes, size_t count, bool is_end,
                           bool *does_pass)
{
    size_t bytes_left_out = 0, end;

    *does_pass = filter->passing > 0;
    if (*does_pass)
        return filter->passing < count ? filter->passing : count;
    if (filter->is_leaving_out) {
        bytes_left_out = leave_out(filter, bytes, count);
        if (bytes_left_out > 0)
            return bytes_left_out;
    }

    memset(&filter->parser, 0, sizeof(filter->parser));
    filter->passing = find_passing(&filter->parser, bytes, count, &end);
    if (filter->passing == 0 && end == 0) {
        filter->passing = is_end ? count : 0;
        filter->is_leaving_out = !is_end;
    }
    *does_pass = filter->passing > 0;
    if (*does_pass)
        return filter->passing;
    return end > 0 ? end : count;
}

void history_filter_passed(struct history_filter *filter, size_t count)
{
    filter->passing -= count < filter->passing ? count : filter->passing;
}

bool history_filter_is_needed(const struct history_filter *filter)
{
    return filter->is_leaving_out || filter->passing > 0;
}
