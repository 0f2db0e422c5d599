/* SPDX-License-Identifier: BSD-2-Clause */
/* fake_uart_modes.c - instead of mediator/uart_modes.c */
#include "fake_uart_modes.h"

#include <stddef.h>

#include "uart_passthrough.h"
#include "uart_virtual.h"

const struct uart_ops *const uart_modes[] = {
    &uart_passthrough,
    &uart_virtual,
    &uart_standin,
    NULL,
};
