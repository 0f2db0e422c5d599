/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_sleep.h - what the uart role does while there is nothing to serve: it
 * looks for the next request for a while, and then sleeps until an event, its
 * FIFO, the tty of wire=, the supervisor or the next poll wakes it
 */
#ifndef MEDIATOR_UART_SLEEP_H
#define MEDIATOR_UART_SLEEP_H

#include <stdbool.h>

struct uart_role;

/* Before the first sleep. */
void uart_sleep_begin(struct uart_role *role);

/* There was a request, and now there is none.  Looks for the next one where
 * that pays, and tells Xen of the interrupt line when the guest has had its
 * time to make that needless.  True: a request came. */
bool uart_sleep_spin(struct uart_role *role);

/* Returns when there may be work, or at once when there is some. */
void uart_sleep_until_work(struct uart_role *role);

#endif
