/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A real 8250.  Each access goes to it, but for two registers: its interrupt
 * cannot reach the guest (the line ends in dom0's kernel, which may share it
 * with another port), so the device's own IER stays 0 and IIR is worked out
 * here from the shadow of what the guest wrote and of what was seen in LSR
 * and MSR.
 *
 * Register names and bits: <linux/serial_reg.h>, PC16550D section 8.0.
 */
#include "uart_passthrough.h"

#include <linux/serial_reg.h>

#include "journal.h"
#include "log.h"
#include "machine_ports.h"

#define LSR_ERRORS (UART_LSR_OE | UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)
#define IER_BITS (UART_IER_RDI | UART_IER_THRI | UART_IER_RLSI | UART_IER_MSI)
#define IIR_FIFO_ENABLED 0xc0 /* of a 16550A, PC16550D 8.5 */

/* The time of a start bit, 8 data bits and a stop bit at divisor 1. */
#define CHARACTER_NS 86806u
#define POLL_INTERVAL_MAX_NS 50000000u
/* A FIFO of 16 and the shift register drain in this many character times;
 * a transmitter that takes longer is stalled, and polling backs off. */
#define POLLS_BEFORE_BACKOFF 20u

static uint8_t pending(const struct uart_state *state)
{
    /* In order of priority: PC16550D, table IV. */
    if ((state->ier & UART_IER_RLSI) && state->lsr_errors)
        return UART_IIR_RLSI;
    if ((state->ier & UART_IER_RDI) && state->is_data_ready)
        return UART_IIR_RDI;
    if ((state->ier & UART_IER_THRI) && state->is_thre_pending)
        return UART_IIR_THRI;
    if ((state->ier & UART_IER_MSI) && state->msr_deltas)
        return UART_IIR_MSI;
    return UART_IIR_NO_INT;
}

static bool is_dlab(const struct uart_state *state)
{
    return state->lcr & UART_LCR_DLAB;
}

/* Reading LSR clears its error bits in the device: what is seen here is kept
 * for the guest's own read. */
static uint8_t observe_lsr(struct uart *uart)
{
    struct uart_state *state = uart->state;
    uint8_t lsr = machine_ports_read(uart->machine, UART_LSR);

    state->lsr_errors |= lsr & LSR_ERRORS;
    state->is_data_ready = lsr & UART_LSR_DR;
    if (state->is_transmitting && (lsr & UART_LSR_THRE)) {
        state->is_transmitting = false;
        state->is_thre_pending = true;
    }
    return lsr;
}

static uint64_t character_ns(const struct uart_state *state)
{
    unsigned int divisor = state->dlm << 8 | state->dll;

    return (uint64_t)CHARACTER_NS * (divisor ? divisor : 1);
}

/* The device cannot tell us when it becomes empty: look, but only while the
 * guest waits to be interrupted for it. */
static void schedule_poll(struct uart *uart)
{
    const struct uart_state *state = uart->state;
    uint64_t interval;

    if (!state->is_transmitting || !(state->ier & UART_IER_THRI)) {
        uart->poll_interval_ns = 0;
        uart->poll_count = 0;
        return;
    }
    interval = character_ns(state);
    if (uart->poll_count > POLLS_BEFORE_BACKOFF) {
        unsigned int doublings = uart->poll_count - POLLS_BEFORE_BACKOFF;

        interval <<= doublings < 16 ? doublings : 16;
    }
    if (interval > POLL_INTERVAL_MAX_NS)
        interval = POLL_INTERVAL_MAX_NS;
    uart->poll_interval_ns = interval;
}

static void poll_transmitter(struct uart *uart)
{
    uart->poll_count++;
    observe_lsr(uart);
    schedule_poll(uart);
}

static void write_thr(struct uart *uart, uint8_t value)
{
    struct uart_state *state = uart->state;

    /* The source goes away before it can come again: an edge-triggered
     * interrupt controller must see the line fall. */
    state->is_thre_pending = false;
    uart_update_irq(uart);

    if (journal_enter_device(uart->journal))
        machine_ports_write(uart->machine, UART_TX, value);
    journal_step(JOURNAL_DEVICE_DONE);
    state->is_transmitting = true;

    /* In loop mode the byte goes to the receiver and not to the line. */
    if (!(state->mcr & UART_MCR_LOOP))
        uart_transmit(uart, value);

    uart->poll_count = 0;
    if (state->ier & UART_IER_THRI)
        observe_lsr(uart);
    schedule_poll(uart);
}

static void write_ier(struct uart *uart, uint8_t value)
{
    struct uart_state *state = uart->state;
    uint8_t set = (value & IER_BITS) & ~state->ier;

    state->ier = value & IER_BITS;
    /* Enabling the interrupt of an empty transmitter raises it at once. */
    if (set & UART_IER_THRI) {
        if (observe_lsr(uart) & UART_LSR_THRE)
            state->is_thre_pending = true;
    }
    schedule_poll(uart);
}

static void write_fcr(struct uart *uart, uint8_t value)
{
    const uint8_t resets = UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT;

    /* Emptying a FIFO twice could lose bytes that came in between. */
    if (!(value & resets) || journal_enter_device(uart->journal))
        machine_ports_write(uart->machine, UART_FCR, value);
    uart->state->fcr = value & ~resets;
    if (value & UART_FCR_CLEAR_RCVR)
        uart->state->is_data_ready = false;
}

static void passthrough_write(struct uart *uart, unsigned int offset,
                              uint8_t value)
{
    struct uart_state *state = uart->state;

    if (is_dlab(state) && offset <= UART_DLM) {
        if (offset == UART_DLL)
            state->dll = value;
        else
            state->dlm = value;
        machine_ports_write(uart->machine, offset, value);
        return;
    }
    switch (offset) {
    case UART_TX:
        write_thr(uart, value);
        return;
    case UART_IER:
        write_ier(uart, value);
        return;
    case UART_FCR:
        write_fcr(uart, value);
        return;
    case UART_LCR:
        state->lcr = value;
        break;
    case UART_MCR:
        state->mcr = value;
        break;
    case UART_SCR:
        state->scr = value;
        break;
    }
    machine_ports_write(uart->machine, offset, value);
}

static uint8_t read_rbr(struct uart *uart)
{
    uint8_t value = 0;

    if (journal_enter_device(uart->journal))
        value = machine_ports_read(uart->machine, UART_RX);
    /* More in the FIFO?  Only then does the interrupt stay. */
    if (uart->state->is_data_ready)
        observe_lsr(uart);
    return value;
}

static uint8_t read_iir(struct uart *uart)
{
    struct uart_state *state = uart->state;
    uint8_t iir = pending(state);

    if (iir == UART_IIR_THRI)
        state->is_thre_pending = false;
    if (state->has_fifo && (state->fcr & UART_FCR_ENABLE_FIFO))
        iir |= IIR_FIFO_ENABLED;
    return iir;
}

static uint8_t read_lsr(struct uart *uart)
{
    uint8_t lsr = observe_lsr(uart) | uart->state->lsr_errors;

    uart->state->lsr_errors = 0;
    schedule_poll(uart);
    return lsr;
}

static uint8_t read_msr(struct uart *uart)
{
    uint8_t msr = machine_ports_read(uart->machine, UART_MSR);

    msr |= uart->state->msr_deltas;
    uart->state->msr_deltas = 0;
    return msr;
}

static uint8_t passthrough_read(struct uart *uart, unsigned int offset)
{
    const struct uart_state *state = uart->state;

    if (is_dlab(state) && offset <= UART_DLM)
        return machine_ports_read(uart->machine, offset);
    switch (offset) {
    case UART_RX:
        return read_rbr(uart);
    case UART_IER:
        return state->ier;
    case UART_IIR:
        return read_iir(uart);
    case UART_LSR:
        return read_lsr(uart);
    case UART_MSR:
        return read_msr(uart);
    default: /* LCR, MCR, SCR */
        return machine_ports_read(uart->machine, offset);
    }
}

/* 115200 8n1, no FIFO, all modem lines off: a guest that writes to THR
 * without setting up anything is heard. */
static int reset(struct uart *uart)
{
    struct machine_ports *machine = uart->machine;
    struct uart_state *state = uart->state;
    int rc = machine_ports_probe(machine);

    if (rc)
        return rc;
    state->lcr = UART_LCR_WLEN8;
    state->dll = 1;
    state->dlm = 0;

    machine_ports_write(machine, UART_LCR, UART_LCR_DLAB | state->lcr);
    machine_ports_write(machine, UART_DLL, state->dll);
    machine_ports_write(machine, UART_DLM, state->dlm);
    machine_ports_write(machine, UART_LCR, state->lcr);
    machine_ports_write(machine, UART_IER, 0);
    machine_ports_write(machine, UART_MCR, 0);

    /* A 16550A shows two bits in IIR when its FIFOs are on. */
    machine_ports_write(machine, UART_FCR, UART_FCR_ENABLE_FIFO);
    state->has_fifo = (machine_ports_read(machine, UART_IIR) &
                       IIR_FIFO_ENABLED) ==
                      IIR_FIFO_ENABLED;
    machine_ports_write(machine, UART_FCR, 0);
    return 0;
}

const struct uart_ops uart_passthrough = {
    .mode = "passthrough",
    .needs_machine_port = true,
    .reset = reset,
    .read = passthrough_read,
    .write = passthrough_write,
    .pending = pending,
    .poll = poll_transmitter,
};
