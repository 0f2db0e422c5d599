/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 16550A, register by register.  Sections are those of the data sheet
 * (PC16550D); register names and bits come from <linux/serial_reg.h>.
 *
 * What the guest writes is in the out ring before its access ends, whatever
 * the baud rate: its last words before a crash reach the clients.  pace=on
 * makes the transmitter look busy for as long as a real one would be.
 */
#include "uart_virtual.h"

#include <linux/serial_reg.h>

#include "uart_receiver.h"

#define MCR_BITS (UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT1 | \
                  UART_MCR_OUT2 | UART_MCR_LOOP)
/* A network is always ready, and its carrier there. */
#define LINES_OF_A_NETWORK (UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD)

static bool is_loop(const struct uart_state *state)
{
    return state->mcr & UART_MCR_LOOP;
}

/* ---- time ---- */

static void schedule_poll(struct uart *uart)
{
    const struct uart_state *state = uart->state;
    uint64_t due = uart_receiver_due_ns(state), character;

    if (state->transmitter > 0) {
        character = uart_character_ns(state);
        if (due == 0 || character < due)
            due = character;
    }
    uart->poll_interval_ns = due;
}

/* 8.4: THRE while the FIFO, or THR, holds nothing; one character may still
 * be in the shift register. */
static bool is_thre(const struct uart_state *state)
{
    return state->transmitter <= 1;
}

static void shift_out(struct uart_state *state)
{
    bool was_thre = is_thre(state);

    if (state->transmitter > 0)
        state->transmitter--;
    if (!was_thre && is_thre(state))
        state->is_thre_pending = true;
}

static void virtual_poll(struct uart *uart)
{
    uart_receiver_pass_time(uart->state, uart->poll_interval_ns);
    shift_out(uart->state);
    schedule_poll(uart);
}

/* ---- the transmitter ---- */

/* A character more than a real transmitter can hold would be lost there; the
 * ring has it all the same. */
static void hold(struct uart_state *state)
{
    unsigned int capacity = state->fcr & UART_FCR_ENABLE_FIFO
                                ? UART_FIFO_BYTES : 1;

    if (state->transmitter < capacity + 1)
        state->transmitter++;
}

static void write_thr(struct uart *uart, uint8_t value)
{
    struct uart_state *state = uart->state;

    /* The source goes away before it can come again: an edge-triggered
     * interrupt controller must see the line fall. */
    state->is_thre_pending = false;
    uart_update_irq(uart);

    /* 8.8: in loop mode the byte goes to the receiver, not to the line. */
    if (is_loop(state))
        uart_receiver_put(state, uart_frame(state, value), 0);
    else
        uart_transmit(uart, uart_frame(state, value));
    if (uart->options.is_paced)
        hold(state);
    if (is_thre(state))
        state->is_thre_pending = true;
}

static void write_ier(struct uart_state *state, uint8_t value)
{
    uint8_t set = value & ~state->ier;

    state->ier = value & UART_IER_BITS;
    /* 8.11: enabling the interrupt of an empty transmitter raises it, also
     * when IIR was read for it before. */
    if ((set & UART_IER_THRI) && is_thre(state))
        state->is_thre_pending = true;
}

static void write_fcr(struct uart_state *state, uint8_t value)
{
    bool is_changed = (value ^ state->fcr) & UART_FCR_ENABLE_FIFO;
    bool is_reset = (value & UART_FCR_ENABLE_FIFO) &&
                    (value & UART_FCR_CLEAR_XMIT);

    uart_receiver_write_fcr(state, value);
    if (!is_changed && !is_reset)
        return;
    /* 8.5: the shift register is not cleared. */
    if (state->transmitter > 1)
        state->transmitter = 1;
    state->is_thre_pending = true;
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

/* 8.9: what changed since the guest last looked; of RI only its end. */
static void update_msr(struct uart_state *state)
{
    uint8_t now = lines(state), was = state->msr & ~UART_MSR_ANY_DELTA;
    uint8_t deltas = (now ^ was) >> 4;

    if (now & UART_MSR_RI)
        deltas &= ~UART_MSR_TERI;
    state->msr = now | (state->msr & UART_MSR_ANY_DELTA) | deltas;
}

static uint8_t read_msr(struct uart_state *state)
{
    uint8_t msr = state->msr;

    state->msr &= ~UART_MSR_ANY_DELTA;
    return msr;
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
        case UART_IER: write_ier(state, value); break;
        case UART_FCR: write_fcr(state, value); break;
        case UART_LCR: state->lcr = value; break;
        case UART_MCR:
            state->mcr = value & MCR_BITS;
            update_msr(state);
            break;
        case UART_SCR: state->scr = value; break;
        default: break; /* LSR and MSR are for reading: 8.4, 8.9 */
        }
    }
    schedule_poll(uart);
}

static uint8_t read_lsr(struct uart_state *state)
{
    return uart_receiver_read_lsr(state) |
           (is_thre(state) ? UART_LSR_THRE : 0) |
           (state->transmitter == 0 ? UART_LSR_TEMT : 0);
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
    case UART_LSR: return read_lsr(state);
    case UART_MSR: return read_msr(state);
    default: return state->scr;
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

/* 115200 8n1, no FIFO, DTR RTS OUT2 off: a guest that writes to THR without
 * setting up anything is heard. */
static int reset(struct uart *uart)
{
    struct uart_state *state = uart->state;

    state->lcr = UART_LCR_WLEN8;
    state->dll = 1;
    state->lines = LINES_OF_A_NETWORK;
    state->msr = state->lines;
    return 0;
}

const struct uart_ops uart_virtual = {
    .mode = "virtual",
    .reset = reset,
    .read = virtual_read,
    .write = virtual_write,
    .receive_room = receive_room,
    .receive = receive,
    .poll = virtual_poll,
};
