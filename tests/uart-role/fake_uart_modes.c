/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_uart_modes.c - the modes of a test's role program
 *
 * It replaces mediator/shared/uart_mode.c and mediator/uart/uart_modes.c, and
 * has one mode more, mode=standin.
 */
#include "uart-role/fake_uart_modes.h"

#include <stddef.h>
#include <string.h>

#include "uart/uart_passthrough.h"
#include "uart/uart_virtual.h"

const struct uart_mode uart_mode_list[] = {
    { .name = "passthrough", .needs_machine_port = true },
    { .name = "virtual", .can_have_wire = true },
    { .name = "standin" },
    { .name = NULL },
};

const struct uart_ops *const uart_ops_list[] = {
    &uart_passthrough,
    &uart_virtual,
    &uart_standin,
    NULL,
};

const struct uart_mode *uart_mode_find(const char *name)
{
    const struct uart_mode *mode;

    for (mode = uart_mode_list; mode->name; mode++)
        if (!strcmp(mode->name, name))
            return mode;
    return NULL;
}
