/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_virtual.c - a 16550A, register by register
 *
 * With fifo=64 it is a 16750, a 16550A with wider FIFOs (TL16C750).  Sections
 * are those of the data sheet (PC16550D); register names and bits come from
 * <linux/serial_reg.h>.
 *
 * What the guest writes is in the out ring before its access ends, whatever
 * the baud rate: its last words before a crash reach the clients.  pace=on
 * makes the transmitter look busy, and a reader wait for the time-out of its
 * FIFO, for as long as a real one would.
 */
#include "uart/uart_virtual.h"

#include <linux/serial_reg.h>

#include "uart/uart_receiver.h"
#include "uart/uart_wire.h"

#define MCR_BITS (UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT1 | \
                  UART_MCR_OUT2 | UART_MCR_LOOP)
/* A network is always ready, and its carrier there. */
#define LINES_OF_A_NETWORK (UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD)
#define MODEM_INTERVAL_NS 10000000u

static bool is_loop(const struct uart_state *state)
{
    return state->mcr & UART_MCR_LOOP;
}

/* ---- the modem lines ---- */

/* 8.8: in loop mode the outputs are the inputs. */
static uint8_t lines(const struct uart_state *state)
{
    if (!is_loop(state))
        return state->lines;
    return (state->mcr & UART_MCR_RTS ? UART_MSR_CTS : 0) |
           (state->mcr & UART_MCR_DTR ? UART_MSR_DSR : 0) |
           (state->mcr & UART_MCR_OUT1 ? UART_MSR_RI : 0) |
           (state->mcr & UART_MCR_OUT2 ? UART_MSR_DCD : 0);
}

/* 8.9: the deltas are what changed since the guest last read MSR; of RI only
 * its end counts. */
static void update_msr(struct uart_state *state)
{
    uint8_t now = lines(state), was = state->msr & ~UART_MSR_ANY_DELTA;
    uint8_t deltas = (now ^ was) >> 4;

    if (now & UART_MSR_RI)
        deltas &= ~UART_MSR_TERI;
    state->msr = now | (state->msr & UART_MSR_ANY_DELTA) | deltas;
}

static void observe_lines(struct uart *uart)
{
    uart_wire_observe_lines(uart);
    update_msr(uart->state);
}

/* Linux does not tell when a tty's modem lines change, so they are polled, but
 * only while the guest waits to be interrupted for that. */
static bool waits_for_lines(const struct uart *uart)
{
    return uart->wire && (uart->state->ier & UART_IER_MSI);
}

static uint8_t read_msr(struct uart *uart)
{
    struct uart_state *state = uart->state;
    uint8_t msr;

    observe_lines(uart);
    msr = state->msr;
    state->msr &= ~UART_MSR_ANY_DELTA;
    return msr;
}

/* ---- time ---- */

static void schedule_poll(struct uart *uart)
{
    const struct uart_state *state = uart->state;
    uint64_t interval = uart_receiver_due_ns(state);

    if (state->transmitter > 0)
        uart_bring_forward(&interval, uart_character_ns(state));
    if (waits_for_lines(uart))
        uart_bring_forward(&interval, MODEM_INTERVAL_NS);
    uart->poll_interval_ns = interval;
}

/* 8.4: THRE while the FIFO, or THR, holds nothing; one character may still
 * be in the shift register. */
static bool is_thre(const struct uart *uart)
{
    return uart->state->transmitter <= 1 &&
           !uart_wire_is_waiting(uart, uart->state);
}

static void note_thre(struct uart *uart, bool was_thre)
{
    if (!was_thre && is_thre(uart))
        uart->state->is_thre_pending = true;
}

static void shift_out(struct uart *uart)
{
    bool was_thre = is_thre(uart);

    if (uart->state->transmitter > 0)
        uart->state->transmitter--;
    note_thre(uart, was_thre);
}

static void virtual_poll(struct uart *uart)
{
    uart_receiver_pass_time(uart->state, uart->poll_interval_ns);
    shift_out(uart);
    if (waits_for_lines(uart))
        observe_lines(uart);
    schedule_poll(uart);
}

/* ---- the transmitter ---- */

/* The transmitter holds one character more.  One more than there is room for
 * would be lost in a real one; the out ring has it all the same. */
static void hold(struct uart_state *state)
{
    if (state->transmitter < uart_fifo_bytes(state) + 1)
        state->transmitter++;
}

static void write_thr(struct uart *uart, uint8_t value)
{
    struct uart_state *state = uart->state;

    /* The source goes away before it can come again: an edge-triggered
     * interrupt controller must see the line fall. */
    state->is_thre_pending = false;
    uart_update_irq(uart);

    /* 8.8: in loop mode the byte goes to the receiver and is not sent. */
    if (is_loop(state))
        uart_receiver_put(state, uart_frame(state, value), 0);
    else
        uart_transmit(uart, uart_frame(state, value));
    uart_wire_send(uart);
    if (uart->options.is_paced)
        hold(state);
    if (is_thre(uart))
        state->is_thre_pending = true;
}

static void write_ier(struct uart *uart, uint8_t value)
{
    struct uart_state *state = uart->state;
    uint8_t set = value & ~state->ier;

    state->ier = value & UART_IER_BITS;
    if (set & UART_IER_MSI)
        observe_lines(uart);
    /* 8.11: enabling the interrupt of an empty transmitter raises it, also
     * when IIR was read for it before. */
    if ((set & UART_IER_THRI) && is_thre(uart))
        state->is_thre_pending = true;
}

static void write_fcr(struct uart *uart, uint8_t value)
{
    struct uart_state *state = uart->state;
    uint8_t was = state->fcr;
    bool is_reset = (value & UART_FCR_ENABLE_FIFO) &&
                    (value & UART_FCR_CLEAR_XMIT);

    uart_receiver_write_fcr(state, value,
                            uart->options.is_16750 && uart_is_dlab(state));
    if (!((was ^ state->fcr) & (UART_FCR_ENABLE_FIFO | UART_FCR7_64BYTE)) &&
        !is_reset)
        return;
    /* 8.5: the shift register is not cleared; nor is what waits for a wire:
     * Linux resets the FIFOs at each open of the port. */
    if (state->transmitter > 1)
        state->transmitter = 1;
    if (is_thre(uart))
        state->is_thre_pending = true;
}

/* ---- the registers ---- */

static void virtual_write(struct uart *uart, unsigned int offset,
                          uint8_t value)
{
    struct uart_state *state = uart->state;

    if (uart_is_dlab(state) && offset <= UART_DLM) {
        if (offset == UART_DLL)
            state->dll = value;
        else
            state->dlm = value;
    } else {
        switch (offset) {
        case UART_TX: write_thr(uart, value); break;
        case UART_IER: write_ier(uart, value); break;
        case UART_FCR: write_fcr(uart, value); break;
        case UART_LCR:
            state->lcr = value;
            uart_wire_apply(uart);
            break;
        case UART_MCR:
            state->mcr = value & MCR_BITS;
            uart_wire_apply(uart);
            update_msr(state);
            break;
        case UART_SCR: state->scr = value; break;
        default: break; /* LSR and MSR are for reading: 8.4, 8.9 */
        }
    }
    schedule_poll(uart);
}

static uint8_t read_lsr(struct uart *uart)
{
    uint8_t lsr = uart_receiver_read_lsr(uart->state);

    if (!is_thre(uart))
        return lsr;
    lsr |= UART_LSR_THRE;
    if (uart->state->transmitter == 0 && uart_wire_is_drained(uart))
        lsr |= UART_LSR_TEMT;
    return lsr;
}

static uint8_t virtual_read(struct uart *uart, unsigned int offset)
{
    struct uart_state *state = uart->state;
    uint8_t value;

    if (uart_is_dlab(state) && offset <= UART_DLM)
        return offset == UART_DLL ? state->dll : state->dlm;
    switch (offset) {
    case UART_RX:
        value = uart_receiver_read_rbr(state);
        schedule_poll(uart);
        return value;
    case UART_IER: return state->ier;
    case UART_IIR: return uart_read_iir(state);
    case UART_LCR: return state->lcr;
    case UART_MCR: return state->mcr;
    case UART_LSR: return read_lsr(uart);
    case UART_MSR: return read_msr(uart);
    default: return state->scr;
    }
}

/* ---- a Xen that posts writes and reads shadows ---- */

/* A transmitter that takes time, or waits for a wire, must see each write
 * when it is made. */
static bool takes_runs(const struct uart *uart)
{
    return !uart->options.is_paced && !uart->wire;
}

static void write_run(struct uart *uart, uint8_t *bytes, unsigned int count)
{
    struct uart_state *state = uart->state;
    uint8_t frame = uart_frame(state, 0xff); /* the bits that are sent */
    unsigned int i;

    /* The guest's reads of LSR's shadow are not seen.  It is sending, so input
     * has not kept it from that: the run counts as a read. */
    uart_receiver_note_read(state);
    if (uart_is_dlab(state)) {
        state->dll = bytes[count - 1];
        schedule_poll(uart);
        return;
    }
    state->is_thre_pending = false;
    uart_update_irq(uart);
    for (i = 0; i < count; i++)
        bytes[i] &= frame;
    if (is_loop(state))
        for (i = 0; i < count; i++)
            uart_receiver_put(state, bytes[i], 0);
    else
        uart_transmit_run(uart, bytes, count);
    state->is_thre_pending = true;
    schedule_poll(uart);
}

/* Posted writes to THR may be on their way.  In loop mode they will be
 * received; and where the transmitter's interrupt is enabled they will raise
 * it, which IIR shows unless another interrupt goes before it. */
static bool peek_iir(const struct uart_state *state, uint8_t *value)
{
    *value = uart_peek_iir(state);
    if (is_loop(state))
        return false;
    switch (*value & UART_IIR_ID) {
    case UART_IIR_RLSI:
    case UART_IIR_RX_TIMEOUT:
    case UART_IIR_RDI: return true;
    case UART_IIR_THRI: return false; /* 8.6: reading takes it away */
    default: return !(state->ier & UART_IER_THRI);
    }
}

/* 8.4: reading LSR clears errors, and nothing else.  DR changes by a read of
 * RBR, and Xen makes that wait for this process. */
static bool peek_lsr(const struct uart_state *state, uint8_t *value)
{
    *value = uart_receiver_peek_lsr(state) | UART_LSR_THRE | UART_LSR_TEMT;
    return !is_loop(state) && state->lsr_errors == 0 &&
           state->transmitter == 0;
}

static bool peek(const struct uart *uart, const struct uart_state *state,
                 unsigned int offset, uint8_t *value)
{
    (void)uart;
    switch (offset) {
    case UART_RX:
        *value = state->dll;
        return false;
    case UART_IER:
        *value = uart_is_dlab(state) ? state->dlm : state->ier;
        return true;
    case UART_IIR:
        return peek_iir(state, value);
    case UART_LCR:
        *value = state->lcr;
        return true;
    case UART_MCR:
        *value = state->mcr;
        return true;
    case UART_LSR:
        return peek_lsr(state, value);
    case UART_MSR:
        *value = state->msr;
        return !(state->msr & UART_MSR_ANY_DELTA);
    default:
        *value = state->scr;
        return true;
    }
}

/* ---- input ---- */

static unsigned int receive_room(const struct uart *uart,
                                 const struct uart_state *state)
{
    if (is_loop(state))
        return 0;
    if (uart->options.needs_rts && !(state->mcr & UART_MCR_RTS))
        return 0;
    return uart_receiver_room(state);
}

static void receive(struct uart *uart, uint8_t byte, uint8_t errors)
{
    uart_receiver_put(uart->state, uart_frame(uart->state, byte), errors);
    schedule_poll(uart);
}

/* The character time-out is there to find out whether more bytes are on their
 * way.  Where nothing keeps to a baud rate that is known already. */
static void end_input(struct uart *uart)
{
    if (uart->options.is_paced || uart->wire)
        return;
    uart_receiver_time_out(uart->state);
    schedule_poll(uart);
}

/* 115200 8n1, no FIFO, DTR RTS OUT2 off: a guest that writes to THR without
 * setting up anything is heard. */
static int reset(struct uart *uart)
{
    struct uart_state *state = uart->state;

    state->lcr = UART_LCR_WLEN8;
    state->dll = 1;
    state->lines = LINES_OF_A_NETWORK;
    /* What an earlier domain wrote is not this one's to send. */
    state->wire_offset = state->out_offset;
    uart_wire_observe_lines(uart);
    state->msr = state->lines;
    return 0;
}

/* ---- the wire ---- */

static void send_to_wire(struct uart *uart)
{
    bool was_thre = is_thre(uart);

    uart_wire_send(uart);
    note_thre(uart, was_thre);
}

static void receive_from_wire(struct uart *uart)
{
    uint8_t byte, errors;

    if (uart_wire_take(uart, &byte, &errors))
        receive(uart, byte, errors);
}

const struct uart_ops uart_virtual = {
    .mode = "virtual",
    .reset = reset,
    .read = virtual_read,
    .write = virtual_write,
    .takes_runs = takes_runs,
    .write_run = write_run,
    .peek = peek,
    .receive_room = receive_room,
    .receive = receive,
    .end_input = end_input,
    .poll = virtual_poll,
    .send_to_wire = send_to_wire,
    .receive_from_wire = receive_from_wire,
};
