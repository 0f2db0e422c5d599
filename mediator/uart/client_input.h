/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_input.h - gives the UART what clients typed, in steps of its own
 */
#ifndef MEDIATOR_CLIENT_INPUT_H
#define MEDIATOR_CLIENT_INPUT_H

#include <stdbool.h>

struct uart_role;

/* Is there input that the UART would take now?  While the guest is busy with
 * other requests there is none for it, before it waits for some
 * (uart_receiver_is_waited_for()). */
bool client_input_can_run(const struct uart_role *role, bool is_guest_busy);

/* Gives the UART as many bytes as it takes, in one step. */
void client_input_run(struct uart_role *role);

/* A client sent a break.  It is kept until the UART has room for it, and goes
 * before the bytes that are still in the ring. */
void client_input_note_break(struct uart_role *role);

#endif
