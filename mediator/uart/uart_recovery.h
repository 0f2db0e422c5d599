/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_recovery.h - a uart role takes over from a predecessor that died
 */
#ifndef MEDIATOR_UART_RECOVERY_H
#define MEDIATOR_UART_RECOVERY_H

struct uart_role;

/* Finishes or leaves out what the predecessor had under way, whatever point it
 * died at; then the loop can begin.  For a new server it does no harm. */
void uart_recovery_run(struct uart_role *role);

#endif
