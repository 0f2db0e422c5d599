/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_interrupt.h - a driver's interrupt handler for the UART under test
 *
 * It behaves as an operating system's: read IIR, serve the source, again until
 * IIR says that nothing is pending (the 8259 input is edge triggered: leaving
 * earlier would be the last interrupt).  It counts what it saw and logs every
 * value of IIR.
 */
#ifndef GUEST_UART_INTERRUPT_H
#define GUEST_UART_INTERRUPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IIR_LOG_VALUES 256

struct uart_interrupt_counts {
    uint32_t interrupts;
    uint32_t thre, received, timeout, line, modem; /* by IIR, highest last */
    uint32_t empty;    /* interrupts whose first IIR said "none pending" */
    uint32_t stuck;    /* handler gave up: IIR kept saying the same */
    uint8_t lsr_errors; /* OE PE FE BI, ORed */
    uint32_t logged;   /* may exceed IIR_LOG_VALUES */
    uint8_t log[IIR_LOG_VALUES];
};

/* Counts and log from zero, FIFO contents untouched.  Installs the handler on
 * uart_irq(), sets MCR.OUT2 and writes ier to IER. */
void uart_interrupt_on(uint8_t ier);
/* IER = 0, line masked; counts and log stay. */
void uart_interrupt_off(void);

const volatile struct uart_interrupt_counts *uart_interrupt_counts(void);

/* Where received bytes go (NULL: the handler's own 4 KiB) and how many came. */
void uart_interrupt_receive_into(uint8_t *buffer, size_t size);
size_t uart_interrupt_received(void);
const uint8_t *uart_interrupt_received_bytes(void);

/* Transmit by THRE interrupts, at most burst bytes each.  Call on() with
 * UART_IER_THRI after it.  The handler turns IER.ETBEI off behind the last byte.
 * pause_us: spent after each burst, inside the handler. */
void uart_interrupt_transmit(const uint8_t *data, size_t size,
                             unsigned int burst, uint32_t pause_us);
size_t uart_interrupt_untransmitted(void);

#endif
