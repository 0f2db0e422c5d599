/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_publish.h - what the net role and the supervisor are to know of a step
 * that is committed
 *
 * All of it stands in the out ring's header page, which this role alone
 * writes.
 */
#ifndef MEDIATOR_UART_PUBLISH_H
#define MEDIATOR_UART_PUBLISH_H

#include "uart/uart_parts.h"

/* There may be more in the out ring: wakes the net role if it sleeps. */
void uart_publish_output(struct uart_role *role);

/* The UART has taken input: the net role may overwrite it in the in ring, and
 * is woken if it waits for room there. */
void uart_publish_input(struct uart_role *role);

/* The frame and baud rate that the guest has set: for mediatorctl status. */
void uart_publish_settings(struct uart_role *role);

#endif
