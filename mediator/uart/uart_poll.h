/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_poll.h - when the UART looks whether something that is due has come
 *
 * A UART says in uart.poll_interval_ns after how long it wants to look (a
 * character has left, a time-out has passed, the machine's 8250 has a byte);
 * here that becomes a point in time, and the call of uart.ops->poll.
 */
#ifndef MEDIATOR_UART_POLL_H
#define MEDIATOR_UART_POLL_H

#include <stdbool.h>
#include <stdint.h>

struct uart_role;

/* CLOCK_MONOTONIC, by which at_ns counts.  Reading the clock is a system call
 * in a PV dom0. */
uint64_t uart_poll_now_ns(void);

/* The UART has changed: its next poll may be due earlier now, or needless. */
void uart_poll_schedule(struct uart_role *role);

bool uart_poll_is_due(const struct uart_role *role);

/* Polls the UART in a step of its own, and schedules the next poll.  Without
 * a poll in this mode it does nothing. */
void uart_poll_run(struct uart_role *role);

#endif
