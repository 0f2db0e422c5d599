/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_step.h - a step: one change of the UART's state, from the working copy
 * to its commit
 *
 * Whatever happens to the UART outside of a guest's request (input comes in,
 * posted writes are consumed, a poll) is a step: begin it, change the state,
 * commit or end it.  A process that dies within it leaves the state as it was
 * before (journal.h).  A request consists of steps too, one a byte access;
 * port_access.c makes those.
 */
#ifndef MEDIATOR_UART_STEP_H
#define MEDIATOR_UART_STEP_H

#include "uart/uart_parts.h"

/* Returns a copy of the state to work on, which is role->uart.state, too. */
struct uart_state *uart_step_begin(struct uart_role *role);

/* Makes the working copy current, and visible in the shadow registers.  A fall
 * of the interrupt line is told to Xen; a rise may wait for the guest's next
 * access, or for the next sleep. */
void uart_step_commit(struct uart_role *role);

/* The same, but a rise of the interrupt line is told at once. */
void uart_step_end(struct uart_role *role);

/* How many bytes of input the UART would take, in its committed state. */
static inline unsigned int uart_step_receive_room(const struct uart_role *role)
{
    return role->uart.ops->receive_room(&role->uart,
                                        journal_current(&role->journal));
}

#endif
