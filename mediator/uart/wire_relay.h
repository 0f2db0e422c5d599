/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_relay.h - the uart role's loop for a console with wire=: bytes to
 * and from the tty that no request of the guest moves.  Without a wire none
 * of them does anything.
 */
#ifndef MEDIATOR_WIRE_RELAY_H
#define MEDIATOR_WIRE_RELAY_H

#include <poll.h>
#include <stdbool.h>

struct uart_role;

struct wire_relay {
    bool is_loss_told;  /* the supervisor knows that the tty is gone */
    bool is_first;      /* clients' input was taken last: the wire's is next */
    unsigned int skips; /* looks at the tty that are still left out, because
                         * it was silent when the last one was made */
};

/* Before the first request: what a predecessor left in doubt is left out, and
 * the tty is told what the guest has set. */
void wire_relay_begin(struct uart_role *role);

/* Moves what can be moved, a bounded number of bytes each way; while the
 * guest is busy with what it has, no input before it has looked for some. */
void wire_relay_run(struct uart_role *role, bool is_guest_busy);

/* Sleeping would be wrong. */
bool wire_relay_can_send(const struct uart_role *role);

/* What ends a sleep; its fd is -1 when nothing of the tty does. */
struct pollfd wire_relay_pollfd(const struct uart_role *role);

/* The last bytes, as far as the tty takes them at once. */
void wire_relay_end(struct uart_role *role);

#endif
