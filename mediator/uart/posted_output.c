/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posted_output.c - from the ring of posted writes into the UART
 */
#include "uart/posted_output.h"

#include <linux/serial_reg.h>

#include "uart/uart_poll.h"
#include "uart/uart_publish.h"
#include "uart/uart_step.h"

void posted_output_begin(struct uart_role *role)
{
    posted_writes_settle(&role->server.posted,
                         journal_current(&role->journal)->posted_position);
}

bool posted_output_run(struct uart_role *role)
{
    struct posted_writes *posted = &role->server.posted;
    uint8_t bytes[POSTED_WRITES_MAX];
    unsigned int entries, count;
    struct uart_state *state;

    if (posted_writes_count(posted) == 0)
        return false;
    count = posted_writes_copy(posted, bytes, &entries);
    state = uart_step_begin(role);
    if (count > 0)
        role->uart.ops->write_run(&role->uart, bytes, count);
    state->posted_position = posted_writes_position(posted, entries);
    uart_step_commit(role);
    posted_writes_advance(posted, entries);
    role->sleep.has_posted = true;
    uart_publish_output(role);
    uart_poll_schedule(role);
    return true;
}

/* The ring holds one entry more than one run takes, so two runs take what it
 * held when this began.  More is left: a guest that goes on writing would keep
 * this from ending. */
void posted_output_drain(struct uart_role *role)
{
    if (posted_output_run(role))
        posted_output_run(role);
}

/* The guest may wait for an interrupt that its writes raise, or for the bytes
 * to come back in loop mode; or a client that typed waits for its answer. */
bool posted_output_is_urgent(const struct uart_role *role)
{
    const struct uart_state *state = journal_current(&role->journal);

    return role->sleep.awaits_answer || (state->ier & UART_IER_THRI) ||
           (state->mcr & UART_MCR_LOOP);
}
