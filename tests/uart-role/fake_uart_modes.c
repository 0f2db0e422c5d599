/* SPDX-License-Identifier: BSD-2-Clause */
/* fake_uart_modes.c - instead of mediator/uart/uart_modes.c */
#include "uart-role/fake_uart_modes.h"

#include <stddef.h>

#include "uart/uart_passthrough.h"
#include "uart/uart_virtual.h"

const struct uart_ops *const uart_modes[] = {
    &uart_passthrough,
    &uart_virtual,
    &uart_standin,
    NULL,
};
