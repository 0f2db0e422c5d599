/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_uart_modes.h - the UART that only a test's role program has
 */
#ifndef FAKE_UART_MODES_H
#define FAKE_UART_MODES_H

#include "uart/uart.h"

extern const struct uart_ops uart_standin;

#endif
