/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_virtual.h - mode=virtual: a 16550A that needs no hardware
 */
#ifndef MEDIATOR_UART_VIRTUAL_H
#define MEDIATOR_UART_VIRTUAL_H

#include "uart/uart.h"

extern const struct uart_ops uart_virtual;

#endif
