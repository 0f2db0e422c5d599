/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shadow_registers.c - fills the page of registers that Xen reads for us
 */
#include "uart/shadow_registers.h"

#include "uart/xen_extensions.h"

void shadow_registers_update(struct shadow_registers *shadow,
                             const struct uart *uart,
                             const struct uart_state *state)
{
    unsigned int offset;

    if (!shadow->entries)
        return;
    for (offset = 0; offset < UART_REGS; offset++) {
        unsigned int at = (shadow->first_port + offset) % IOREQ_SHADOW_NUM;
        uint16_t entry = 0;
        uint8_t value;

        if (uart->ops->peek(uart, state, offset, &value))
            entry = IOREQ_SHADOW_VALID | value;
        if (shadow->entries[at] != entry)
            shadow->entries[at] = entry;
    }
}
