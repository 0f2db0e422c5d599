/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_input.c - from the in ring into the UART
 */
#include "uart/client_input.h"

#include <linux/serial_reg.h>

#include "shared/role_link.h"
#include "uart/uart_parts.h"
#include "uart/uart_poll.h"
#include "uart/uart_publish.h"
#include "uart/uart_receiver.h"
#include "uart/uart_step.h"

static bool has_input(const struct uart_role *role,
                      const struct uart_state *state)
{
    return !role->is_input_refused &&
           atomic_load_explicit(&role->in_ring.header->head,
                                memory_order_relaxed) != state->in_offset;
}

static unsigned int read_input(struct uart_role *role, uint8_t *bytes,
                               uint8_t *errors, unsigned int room)
{
    int count;

    if (role->is_input_refused)
        return 0;
    count = in_ring_read(&role->in_ring, role->uart.state->in_offset, bytes,
                         errors, room);
    if (count >= 0)
        return count;
    role->is_input_refused = true;
    role_link_send_text(ROLE_LINK_FD, ROLE_WARNING, 0,
                        "the in ring's index is corrupt: input refused; "
                        "restart mediatord to accept input again");
    return 0;
}

/* A net role that has fallen can write any errors: what is none of a byte's
 * is left out, and a break has the byte that a break has. */
static void receive(struct uart *uart, uint8_t byte, uint8_t errors)
{
    uart->ops->receive(uart, errors & UART_LSR_BI ? 0 : byte,
                       errors & UART_LSR_BYTE_ERRORS);
}

void client_input_run(struct uart_role *role)
{
    struct uart *uart = &role->uart;
    struct uart_state *state = uart_step_begin(role);
    uint8_t bytes[UART_FIFO_BYTES_MAX], errors[UART_FIFO_BYTES_MAX];
    unsigned int room = uart->ops->receive_room(uart, state), count, i;

    count = read_input(role, bytes, errors,
                       room < sizeof(bytes) ? room : sizeof(bytes));
    for (i = 0; i < count; i++)
        receive(uart, bytes[i], errors[i]);
    state->in_offset += count;
    if (uart->ops->end_input && !has_input(role, state))
        uart->ops->end_input(uart);
    uart_step_end(role);
    uart_publish_input(role);
    uart_poll_schedule(role);
}

bool client_input_can_run(const struct uart_role *role, bool is_guest_busy)
{
    const struct uart_state *state = journal_current(&role->journal);

    return has_input(role, state) && uart_step_receive_room(role) > 0 &&
           (!is_guest_busy || uart_receiver_is_waited_for(state));
}
