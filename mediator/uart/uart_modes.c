/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_modes.c - what implements each mode of shared/uart_mode.c
 */
#include <stddef.h>

#include "uart/uart.h"
#include "uart/uart_passthrough.h"
#include "uart/uart_virtual.h"

const struct uart_ops *const uart_ops_list[] = {
    &uart_passthrough,
    &uart_virtual,
    NULL,
};
