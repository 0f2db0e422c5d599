/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_interrupt.c - the handler, what it receives and what it transmits
 */
#include "uart_interrupt.h"

#include "cpu.h"
#include "interrupt.h"
#include "memory.h"
#include "timer.h"
#include "uart.h"

#define PASSES_MAX 512 /* passes without a byte sent until the handler gives
                        * up; Linux gives up there, too */
#define LSR_ERRORS (UART_LSR_OE | UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)

static volatile struct uart_interrupt_counts counts;
static uint8_t ier;

static uint8_t own_buffer[4096];
static struct {
    uint8_t *buffer;
    size_t size;
    volatile size_t count;
} receive = { own_buffer, sizeof(own_buffer), 0 };

static struct {
    const uint8_t *data;
    volatile size_t left;
    unsigned int burst;
    uint32_t pause_us;
} transmit;

static void log_iir(uint8_t iir)
{
    if (counts.logged < IIR_LOG_VALUES)
        counts.log[counts.logged] = iir;
    counts.logged++;
}

static void receive_all(void)
{
    uint8_t lsr;

    while ((lsr = uart_read(UART_LSR)) & UART_LSR_DR && lsr != 0xff) {
        uint8_t byte = uart_read(UART_RX);

        counts.lsr_errors |= lsr & LSR_ERRORS;
        if (receive.count < receive.size)
            receive.buffer[receive.count++] = byte;
    }
    counts.lsr_errors |= lsr & LSR_ERRORS;
}

/* Returns whether it sent something. */
static bool transmit_burst(void)
{
    size_t burst = transmit.left < transmit.burst ? transmit.left
                                                  : transmit.burst;

    if (!burst)
        return false;
    for (size_t i = 0; i < burst; i++)
        uart_write(UART_TX, *transmit.data++);
    transmit.left -= burst;
    if (!transmit.left) {
        ier &= (uint8_t)~UART_IER_THRI;
        uart_write(UART_IER, ier);
    }
    if (transmit.pause_us)
        timer_spin_us(transmit.pause_us);
    return true;
}

static void on_interrupt(void)
{
    unsigned int passes = 0;

    counts.interrupts++;
    while (passes++ < PASSES_MAX) {
        uint8_t iir = uart_read(UART_IIR);

        log_iir(iir);
        if (iir & UART_IIR_NO_INT) {
            if (passes == 1)
                counts.empty++;
            return;
        }
        switch (iir & 0x0e) {
        case UART_IIR_THRI:
            counts.thre++;
            if (transmit_burst())
                passes = 1;
            break;
        case UART_IIR_RDI:
            counts.received++;
            receive_all();
            break;
        case 0x0c: /* character timeout: FIFO mode's second receive source */
            counts.timeout++;
            receive_all();
            break;
        case UART_IIR_RLSI:
            counts.line++;
            counts.lsr_errors |= uart_read(UART_LSR) & LSR_ERRORS;
            break;
        default:
            counts.modem++;
            uart_read(UART_MSR);
            break;
        }
    }
    counts.stuck++;
}

void uart_interrupt_on(uint8_t new_ier)
{
    uart_interrupt_off();
    uart_write(UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
    /* Emulated 8259s keep an edge that came while the line was masked, even
     * when its level is long gone.  That interrupt is taken here, with IER =
     * 0, and its counts are cleared. */
    interrupt_set_handler(uart_irq(), on_interrupt);
    cpu_relax();
    memset((void *)&counts, 0, sizeof(counts));
    ier = new_ier;
    uart_write(UART_IER, ier);
}

void uart_interrupt_off(void)
{
    uart_write(UART_IER, 0);
    interrupt_set_handler(uart_irq(), NULL);
}

const volatile struct uart_interrupt_counts *uart_interrupt_counts(void)
{
    return &counts;
}

void uart_interrupt_receive_into(uint8_t *buffer, size_t size)
{
    receive.buffer = buffer ? buffer : own_buffer;
    receive.size = buffer ? size : sizeof(own_buffer);
    receive.count = 0;
}

size_t uart_interrupt_received(void)
{
    return receive.count;
}

const uint8_t *uart_interrupt_received_bytes(void)
{
    return receive.buffer;
}

void uart_interrupt_transmit(const uint8_t *data, size_t size,
                             unsigned int burst, uint32_t pause_us)
{
    transmit.data = data;
    transmit.left = size;
    transmit.burst = burst;
    transmit.pause_us = pause_us;
}

size_t uart_interrupt_untransmitted(void)
{
    return transmit.left;
}
