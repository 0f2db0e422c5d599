/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_input.h - gives the UART what clients sent, in steps of its own
 *
 * Bytes and breaks stand in one queue, the in ring, and come in its order.
 */
#ifndef MEDIATOR_CLIENT_INPUT_H
#define MEDIATOR_CLIENT_INPUT_H

#include <stdbool.h>

struct uart_role;

/* Is there input that the UART would take now?  While the guest is busy with
 * other requests there is none for it, before it waits for some
 * (uart_receiver_is_waited_for()). */
bool client_input_can_run(const struct uart_role *role, bool is_guest_busy);

/* Gives the UART as much as it takes, in one step. */
void client_input_run(struct uart_role *role);

#endif
