/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_poll.c - the time of the UART's next poll, and the poll
 */
#include "uart/uart_poll.h"

#include <time.h>

#include "uart/uart_parts.h"
#include "uart/uart_step.h"

#define LATE_POLLS_MAX 16u /* polls that are caught up with */

uint64_t uart_poll_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec;
}

/* Accesses may bring the poll forward, but never put it off: a guest that is
 * busy with other registers gets its interrupt too. */
void uart_poll_schedule(struct uart_role *role)
{
    struct uart_poll *poll = &role->poll;
    uint64_t interval = role->uart.poll_interval_ns, at;

    if (interval == 0)
        poll->at_ns = 0;
    if (interval == 0 || (poll->at_ns && interval >= poll->interval_ns))
        return;
    poll->interval_ns = interval;
    at = uart_poll_now_ns() + interval;
    if (!poll->at_ns || at < poll->at_ns)
        poll->at_ns = at;
}

bool uart_poll_is_due(const struct uart_role *role)
{
    return role->poll.at_ns && uart_poll_now_ns() >= role->poll.at_ns;
}

void uart_poll_run(struct uart_role *role)
{
    struct uart_poll *poll = &role->poll;
    uint64_t was_due = poll->at_ns, interval, now;

    if (!role->uart.ops->poll)
        return;
    /* An access may have wished for a later poll than this one. */
    now = uart_poll_now_ns();
    role->uart.poll_interval_ns = poll->ran_at_ns ? now - poll->ran_at_ns : 0;
    poll->ran_at_ns = now;
    uart_step_begin(role);
    role->uart.ops->poll(&role->uart);
    uart_step_end(role);

    /* From when it was due, not from now: a baud rate is kept even when we
     * come late, unless it was very late. */
    interval = role->uart.poll_interval_ns;
    poll->interval_ns = interval;
    poll->at_ns = 0;
    if (interval == 0)
        return;
    now = uart_poll_now_ns();
    poll->at_ns = was_due + interval;
    if (poll->at_ns + LATE_POLLS_MAX * interval < now)
        poll->at_ns = now + interval;
}
