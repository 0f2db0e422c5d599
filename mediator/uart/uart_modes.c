/* SPDX-License-Identifier: BSD-2-Clause */
/* uart_modes.c - which UARTs this mediatord offers */
#include <stddef.h>

#include "uart/uart.h"
#include "uart/uart_passthrough.h"
#include "uart/uart_virtual.h"

const struct uart_ops *const uart_modes[] = {
    &uart_passthrough,
    &uart_virtual,
    NULL,
};
