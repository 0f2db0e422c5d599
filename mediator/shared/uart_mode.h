/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_mode.h - the UARTs that a console may have, by name: what everybody
 * must know of them
 *
 * How each behaves is the uart role's alone (uart/uart.h).
 */
#ifndef MEDIATOR_UART_MODE_H
#define MEDIATOR_UART_MODE_H

#include <stdbool.h>

#define UART_REGS 8 /* I/O ports of a UART, from its base port on */

struct uart_mode {
    const char *name;        /* mode=NAME */
    bool needs_machine_port; /* it works on a UART of the machine, machine= */
    bool can_have_wire;      /* a tty of dom0's can be its line, wire= */
};

/* Ends with a mode whose name is NULL. */
extern const struct uart_mode uart_mode_list[];

/* NULL when there is no such mode. */
const struct uart_mode *uart_mode_find(const char *name);

#endif
