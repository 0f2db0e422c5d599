/* SPDX-License-Identifier: BSD-2-Clause */
#include "posted_service.h"

#include "uart_receiver.h"

void posted_service_begin(struct uart_role *role)
{
    posted_writes_settle(&role->server.posted,
                         journal_current(&role->journal)->posted_position);
}

bool posted_service_run(struct uart_role *role)
{
    struct posted_writes *posted = &role->server.posted;
    uint8_t bytes[POSTED_WRITES_MAX];
    unsigned int entries, count;
    struct uart_state *state;

    if (posted_writes_count(posted) == 0)
        return false;
    count = posted_writes_copy(posted, bytes, &entries);
    state = uart_service_begin_step(role);
    if (count > 0) {
        role->uart.ops->write_run(&role->uart, bytes, count);
        /* Its looks at the shadow are not seen.  But it is sending: input
         * does not keep it from that. */
        uart_receiver_note_look(state);
    }
    state->posted_position = posted_writes_position(posted, entries);
    uart_service_end_step(role);
    posted_writes_advance(posted, entries);
    uart_service_tell_net_role(role);
    uart_service_schedule_poll(role);
    return true;
}

/* The ring holds one entry more than one run takes; and no more than it held
 * when this began, or a guest that goes on writing would never see an end. */
void posted_service_drain(struct uart_role *role)
{
    if (posted_service_run(role))
        posted_service_run(role);
}
