/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_input.h - what the uart role's loop does with clients' input: from
 * the in ring into the UART, in commits of their own
 */
#ifndef MEDIATOR_CLIENT_INPUT_H
#define MEDIATOR_CLIENT_INPUT_H

#include <stdbool.h>

struct uart_role;

/* Is something there that the UART would take now?  While the guest is busy
 * with it, not before it has had a look. */
bool client_input_can_run(const struct uart_role *role, bool is_guest_busy);

/* As many of the clients' bytes as the UART takes, in one commit. */
void client_input_run(struct uart_role *role);

/* A client's break: kept until there is room, before what is still in the
 * ring. */
void client_input_note_break(struct uart_role *role);

#endif
