/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_loop.h - the uart role at work
 */
#ifndef MEDIATOR_UART_LOOP_H
#define MEDIATOR_UART_LOOP_H

struct uart_role;

/* Takes over from a predecessor and serves until the supervisor says stop.
 * Everything is open and confined.  Returns 0, or -1 with a message logged. */
int uart_loop_run(struct uart_role *role);

#endif
