/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_interrupt.h - a driver's interrupt handler for the UART under test
 *
 * It behaves as an operating system's: it reads IIR and serves the source,
 * again and again until IIR says that nothing is pending.  (The 8259's input
 * is edge triggered: if the handler left earlier, there would be no other
 * interrupt.)  It counts what it has seen and logs every value of IIR.
 */
#ifndef GUEST_UART_INTERRUPT_H
#define GUEST_UART_INTERRUPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IIR_LOG_VALUES 256

struct uart_interrupt_counts {
    uint32_t interrupts;
    uint32_t thre, received, timeout, line, modem; /* sources, as IIR tells */
    uint32_t empty;    /* interrupts whose first IIR said "none pending" */
    uint32_t stuck;    /* times that the handler gave up, as IIR went on */
    uint8_t lsr_errors; /* OE PE FE BI, ORed */
    uint32_t logged;   /* values; those beyond IIR_LOG_VALUES are not kept */
    uint8_t log[IIR_LOG_VALUES];
};

/* Clears counts and log, but not the FIFOs, installs the handler on
 * uart_irq(), sets MCR.OUT2 and writes ier to IER. */
void uart_interrupt_on(uint8_t ier);

/* Writes 0 to IER and masks the interrupt line.  Counts and log stay. */
void uart_interrupt_off(void);

const volatile struct uart_interrupt_counts *uart_interrupt_counts(void);

/* Sets where received bytes go; NULL is the handler's own buffer of 4 KiB. */
void uart_interrupt_receive_into(uint8_t *buffer, size_t size);
size_t uart_interrupt_received(void);
const uint8_t *uart_interrupt_received_bytes(void);

/* Sets what is transmitted by THRE interrupts, at most `burst` bytes each.
 * uart_interrupt_on() with UART_IER_THRI must follow.  The handler turns
 * IER.ETBEI off behind the last byte.  It waits pause_us after each burst. */
void uart_interrupt_transmit(const uint8_t *data, size_t size,
                             unsigned int burst, uint32_t pause_us);
size_t uart_interrupt_untransmitted(void);

#endif
