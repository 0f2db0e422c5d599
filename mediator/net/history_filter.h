/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * history_filter.h - leaves out of replayed history what a terminal would
 * answer
 *
 * A terminal answers queries: where the cursor is, what it is, which colours
 * it has, and more with each year.  The answers are typed.  To a query that
 * is history, whoever asked has got an answer or given up long ago, and what
 * comes now is taken for a command.  As nobody knows all queries, only those
 * control sequences pass that are known to be answered by no terminal: those
 * that write, move, erase and colour, and those modes that are not reported
 * at once.  Strings (DCS, OSC, APC) do not pass.  Text passes as it is.
 *
 * Where the history ends, what has begun and not ended there passes, as its
 * end is live.
 */
#ifndef MEDIATOR_HISTORY_FILTER_H
#define MEDIATOR_HISTORY_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/terminal_parser.h"

/* All zeros at the beginning, and wherever bytes were skipped. */
struct history_filter {
    struct terminal_parser parser; /* of what is being left out */
    bool is_leaving_out;           /* in the middle of it */
    size_t passing;                /* that many bytes pass unseen */
};

/* What becomes of the next `count` bytes, which is more than 0.  Returns how
 * many of them share the fate of the first one; *passes says which that is.
 * is_end: the history ends with these bytes.  Otherwise there should be as
 * many as can be had: a sequence that begins with the first byte and does not
 * end with the last one is left out. */
size_t history_filter_next(struct history_filter *filter,
                           const uint8_t *bytes, size_t count, bool is_end,
                           bool *passes);

/* The reader has taken the first `count` bytes of those that pass. */
void history_filter_passed(struct history_filter *filter, size_t count);

/* Whether the filter has to see bytes behind the history, too. */
bool history_filter_is_needed(const struct history_filter *filter);

#endif
