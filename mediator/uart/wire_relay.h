/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_relay.h - moves the bytes to and from the tty of wire= that no request
 * of the guest moves
 *
 * For a console without wire= none of these functions does anything.
 */
#ifndef MEDIATOR_WIRE_RELAY_H
#define MEDIATOR_WIRE_RELAY_H

#include <poll.h>
#include <stdbool.h>

struct uart_role;

/* Before the first request.  Leaves out the byte that a predecessor left in
 * doubt, and tells the tty what the guest has set. */
void wire_relay_begin(struct uart_role *role);

/* The supervisor has the tty again: takes over fd.  It is told what the guest
 * has set, and gets what the guest writes from now on. */
void wire_relay_take(struct uart_role *role, int fd);

/* Moves what can be moved, a bounded number of bytes each way.  While the
 * guest is busy with other requests it is given no input before it waits for
 * some (uart_receiver_is_waited_for()). */
void wire_relay_run(struct uart_role *role, bool is_guest_busy);

/* Are there bytes that the tty would take now?  Then there is work to do. */
bool wire_relay_can_send(const struct uart_role *role);

/* What of the tty ends a sleep.  fd is -1 when nothing does. */
struct pollfd wire_relay_pollfd(const struct uart_role *role);

/* Sends the last bytes, as far as the tty takes them without waiting. */
void wire_relay_end(struct uart_role *role);

#endif
