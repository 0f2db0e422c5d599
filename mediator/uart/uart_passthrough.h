/* SPDX-License-Identifier: BSD-2-Clause */
/* uart_passthrough.h - mode=passthrough: a real 8250 behind an ioport map */
#ifndef MEDIATOR_UART_PASSTHROUGH_H
#define MEDIATOR_UART_PASSTHROUGH_H

#include "uart/uart.h"

extern const struct uart_ops uart_passthrough;

#endif
