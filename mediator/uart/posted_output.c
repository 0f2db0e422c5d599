/* SPDX-License-Identifier: BSD-2-Clause */
#include "uart/posted_output.h"

#include <linux/serial_reg.h>

/* With the net role's millisecond a client sees a byte within 5; in a stream
 * with its 4 within 8. */
#define NAP_NS 3000000u

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
    state = uart_service_begin_step(role);
    if (count > 0)
        role->uart.ops->write_run(&role->uart, bytes, count);
    state->posted_position = posted_writes_position(posted, entries);
    uart_service_commit_step(role);
    posted_writes_advance(posted, entries);
    role->has_posted = true;
    uart_service_tell_net_role(role);
    uart_service_schedule_poll(role);
    return true;
}

/* The ring holds one entry more than one run takes; and no more than it held
 * when this began, or a guest that goes on writing would never see an end. */
void posted_output_drain(struct uart_role *role)
{
    if (posted_output_run(role))
        posted_output_run(role);
}

/* It may wait for an interrupt that its writes raise, or for their coming
 * back; or somebody who typed does. */
bool posted_output_is_urgent(const struct uart_role *role)
{
    const struct uart_state *state = journal_current(&role->journal);

    return role->has_typed || (state->ier & UART_IER_THRI) ||
           (state->mcr & UART_MCR_LOOP);
}

/* Waking, or a commit, for each few bytes takes most of what they cost.  A
 * guest that writes goes on writing, so its event stays masked, once it has
 * come, until a nap brought nothing; a request, also because the ring is full,
 * ends the nap. */
uint64_t posted_output_nap_ns(struct uart_role *role)
{
    bool may_nap = role->has_posted && !posted_output_is_urgent(role);

    role->has_posted = false;
    if (may_nap)
        return NAP_NS;
    ioreq_server_hear_posted(&role->server);
    return 0;
}
