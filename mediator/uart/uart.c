/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.c - what all UARTs have in common: interrupts, IIR, output
 */
#include "uart/uart.h"

#include <linux/serial_reg.h>
#include <stddef.h>
#include <string.h>

#include "shared/out_ring.h"
#include "uart/fault_point.h"
#include "uart/uart_receiver.h"

/* TL16C750, "interrupt identification register" */
#define IIR_64_BYTES 0x20

const struct uart_ops *uart_ops_find(const char *mode)
{
    unsigned int i;

    for (i = 0; uart_ops_list[i]; i++)
        if (!strcmp(uart_ops_list[i]->mode, mode))
            return uart_ops_list[i];
    return NULL;
}

uint8_t uart_pending(const struct uart_state *state)
{
    /* In order of priority: table IV.  The receiver's two have the same. */
    if ((state->ier & UART_IER_RLSI) && state->lsr_errors)
        return UART_IIR_RLSI;
    if ((state->ier & UART_IER_RDI) && state->receiver.is_timed_out)
        return UART_IIR_RX_TIMEOUT;
    if ((state->ier & UART_IER_RDI) && uart_receiver_is_triggered(state))
        return UART_IIR_RDI;
    if ((state->ier & UART_IER_THRI) && state->is_thre_pending)
        return UART_IIR_THRI;
    if ((state->ier & UART_IER_MSI) && (state->msr & UART_MSR_ANY_DELTA))
        return UART_IIR_MSI;
    return UART_IIR_NO_INT;
}

void uart_update_irq(struct uart *uart)
{
    bool level = uart_pending(uart->state) != UART_IIR_NO_INT;

    if (level == uart->irq_level)
        return;
    uart->irq_level = level;
    uart->set_irq(uart->opaque, level);
}

uint8_t uart_peek_iir(const struct uart_state *state)
{
    uint8_t iir = uart_pending(state);

    if (state->fcr & UART_FCR_ENABLE_FIFO)
        iir |= UART_IIR_FIFO_BITS;
    if (state->fcr & UART_FCR7_64BYTE)
        iir |= IIR_64_BYTES;
    return iir;
}

uint8_t uart_read_iir(struct uart_state *state)
{
    uint8_t iir = uart_peek_iir(state);

    uart_receiver_note_read(state);
    if (uart_pending(state) == UART_IIR_THRI)
        state->is_thre_pending = false;
    return iir;
}

void uart_transmit(struct uart *uart, uint8_t byte)
{
    out_ring_put(uart->out_ring, uart->state->out_offset, byte);
    uart->state->out_offset++;
    fault_point(FAULT_RING_PUT);
}

void uart_transmit_run(struct uart *uart, const uint8_t *bytes,
                       unsigned int count)
{
    out_ring_put_run(uart->out_ring, uart->state->out_offset, bytes, count);
    uart->state->out_offset += count;
    fault_point(FAULT_RING_PUT);
}
