/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_requests.h - what the guest's vCPUs wait for: their requests are
 * taken, run and answered
 *
 * The guest's vCPU stands still until its answer, so there is no allocation,
 * no lock and no log line between the request and the answer, and no system
 * call but the guest's event, its interrupt line and, at most once a sleep,
 * the net role's wake-up.  A console with wire= has those of its tty, one or
 * two a byte.
 */
#ifndef MEDIATOR_UART_REQUESTS_H
#define MEDIATOR_UART_REQUESTS_H

#include "uart/uart_parts.h"

/* Does a vCPU wait?  or_posted: or is there a posted write? */
bool uart_requests_are_waiting(const struct uart_role *role, bool or_posted);

/* One turn: consumes what the guest posted, and answers each vCPU that waits.
 * False: nobody waited. */
bool uart_requests_serve(struct uart_role *role);

/* The request in the journal, from its first byte access that is not done to
 * the answer. */
void uart_requests_finish(struct uart_role *role, unsigned int vcpu);

#endif
