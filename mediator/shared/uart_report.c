/* SPDX-License-Identifier: BSD-2-Clause */
/* uart_report.c - how many of the in ring's items guests took */
#include "shared/uart_report.h"

#include <stdbool.h>

static uint64_t load(const _Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

/* Is `at` an offset that in_tail has reached? */
static bool is_reached(uint64_t at, uint64_t in_tail)
{
    return (int64_t)(in_tail - at) >= 0;
}

/* Of the two notes the one that holds: the later one of those that in_tail has
 * reached. */
static unsigned int current(const struct uart_report *report, uint64_t in_tail)
{
    uint64_t first = load(&report->skips[0].at);
    uint64_t second = load(&report->skips[1].at);

    if (!is_reached(second, in_tail))
        return 0;
    return !is_reached(first, in_tail) || is_reached(first, second);
}

uint64_t uart_report_typed(const struct uart_report *report)
{
    uint64_t in_tail = load(&report->in_tail);

    return in_tail - load(&report->skips[current(report, in_tail)].items);
}

void uart_report_skip(struct uart_report *report, uint64_t to)
{
    uint64_t in_tail = load(&report->in_tail);
    unsigned int now = current(report, in_tail);
    struct uart_report_skip *next = &report->skips[now ^ 1];

    if (to == in_tail)
        return;
    /* It holds nothing before in_tail has reached it. */
    atomic_store(&next->at, in_tail + 1);
    atomic_store(&next->items,
                 load(&report->skips[now].items) + (to - in_tail));
    atomic_store(&next->at, to);
    atomic_store(&report->in_tail, to);
}
