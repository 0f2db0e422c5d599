/* SPDX-License-Identifier: BSD-2-Clause */
/* uart_mode.c - which UARTs this mediatord offers */
#include "shared/uart_mode.h"

#include <stddef.h>
#include <string.h>

const struct uart_mode uart_mode_list[] = {
    { .name = "passthrough", .needs_machine_port = true },
    { .name = "virtual", .can_have_wire = true },
    { .name = NULL },
};

const struct uart_mode *uart_mode_find(const char *name)
{
    const struct uart_mode *mode;

    for (mode = uart_mode_list; mode->name; mode++)
        if (!strcmp(mode->name, name))
            return mode;
    return NULL;
}
