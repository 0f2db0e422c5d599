/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_passthrough.h - mode=passthrough: one of the machine's own UARTs, whose
 * ports the role may use (machine_ports.h)
 */
#ifndef MEDIATOR_UART_PASSTHROUGH_H
#define MEDIATOR_UART_PASSTHROUGH_H

#include "uart/uart.h"

extern const struct uart_ops uart_passthrough;

#endif
