/* SPDX-License-Identifier: BSD-2-Clause */
#include "uart.h"

#include <linux/serial_reg.h>
#include <string.h>

#include "journal.h"
#include "out_ring.h"

const struct uart_ops *uart_mode_find(const char *mode)
{
    unsigned int i;

    for (i = 0; uart_modes[i]; i++)
        if (!strcmp(uart_modes[i]->mode, mode))
            return uart_modes[i];
    return NULL;
}

void uart_update_irq(struct uart *uart)
{
    bool level = uart->ops->pending(uart->state) != UART_IIR_NO_INT;

    if (level == uart->irq_level)
        return;
    uart->irq_level = level;
    uart->set_irq(uart->opaque, level);
}

void uart_transmit(struct uart *uart, uint8_t byte)
{
    out_ring_put(uart->out_ring, uart->state->out_offset, byte);
    uart->state->out_offset++;
    journal_step(JOURNAL_RING_PUT);
}
