/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_wire.c - what the guest sets and writes, as system calls on the tty;
 * what the tty says, as bytes and errors
 */
#include "uart/uart_wire.h"

#include <linux/serial_reg.h>

#include "shared/out_ring.h"
#include "uart/fault_point.h"
#include "uart/journal.h"

#define LCR_FRAME 0x3fu
#define LINES_OUT (UART_MCR_DTR | UART_MCR_RTS)

/* How Linux (PARMRK, termios(3)) writes what is more than a byte. */
#define MARK 0xff          /* MARK MARK is the byte ff */
#define MARK_OF_ERROR 0x00 /* MARK 0 0 is a break; MARK 0 c: c came wrong */
enum { MARKS_NONE, MARKS_FIRST, MARKS_ERROR }; /* state->wire_marks */

/* ---- settings ---- */

static void apply_frame(struct uart *uart)
{
    const struct uart_state *state = uart->state;
    struct uart_wire *wire = uart->wire;
    unsigned int divisor = state->dlm << 8 | state->dll, baud;
    uint8_t frame = state->lcr & LCR_FRAME;

    /* 8.1: while DLAB is set the guest may have written half of a divisor.  A
     * divisor of 0 is none. */
    if (uart_is_dlab(state) || divisor == 0)
        return;
    baud = UART_BAUD_AT_DIVISOR_1 / divisor;
    if (wire->is_told && baud == wire->baud && frame == wire->frame)
        return;
    wire->baud = baud;
    wire->frame = frame;
    wire_tty_set_frame(&wire->tty, baud, frame, uart->options.needs_rts);
}

static void apply_lines(struct uart *uart)
{
    const struct uart_state *state = uart->state;
    struct uart_wire *wire = uart->wire;
    /* 8.8: in loop mode the outputs are all low.  With flow control RTS is
     * the kernel's, whose buffer it protects. */
    uint8_t which = uart->options.needs_rts ? UART_MCR_DTR : LINES_OUT;
    uint8_t up = state->mcr & UART_MCR_LOOP ? 0 : state->mcr & which;
    bool has_break = (state->lcr & UART_LCR_SBC) &&
                     !(state->mcr & UART_MCR_LOOP);

    if (!wire->is_told || up != wire->lines)
        wire_tty_set_lines(&wire->tty, wire->is_told ? up ^ wire->lines
                                                     : which, up);
    wire->lines = up;
    if (has_break != wire->has_break)
        wire_tty_set_break(&wire->tty, has_break);
    wire->has_break = has_break;
}

void uart_wire_apply(struct uart *uart)
{
    if (!uart->wire)
        return;
    apply_frame(uart);
    apply_lines(uart);
    uart->wire->is_told = true;
}

void uart_wire_observe_lines(struct uart *uart)
{
    if (uart->wire)
        wire_tty_get_lines(&uart->wire->tty, &uart->state->lines);
}

/* ---- output ---- */

bool uart_wire_is_waiting(const struct uart *uart,
                          const struct uart_state *state)
{
    return uart->wire && state->wire_offset < state->out_offset;
}

bool uart_wire_is_drained(struct uart *uart)
{
    return !uart->wire || wire_tty_is_drained(&uart->wire->tty);
}

/* Bytes before `offset` never go to the wire: it is gone, or the guest has
 * written over them. */
static void skip_to(struct uart *uart, uint64_t offset)
{
    atomic_fetch_add_explicit(&uart->out_ring->header->report.wire_missed,
                              offset - uart->state->wire_offset,
                              memory_order_relaxed);
    uart->state->wire_offset = offset;
}

void uart_wire_begin(struct uart *uart)
{
    skip_to(uart, uart->state->out_offset);
    uart->state->wire_marks = MARKS_NONE;
    uart_wire_apply(uart);
}

void uart_wire_send(struct uart *uart)
{
    struct uart_state *state = uart->state;
    const struct out_ring *ring = uart->out_ring;
    uint64_t size = ring->file.data_bytes;
    bool is_sent = true;
    uint8_t byte;

    if (!uart_wire_is_waiting(uart, state))
        return;
    if (state->out_offset - state->wire_offset > size)
        skip_to(uart, state->out_offset - size);
    if (uart->wire->tty.is_lost) {
        skip_to(uart, state->out_offset);
        return;
    }
    if (!wire_tty_can_put(&uart->wire->tty))
        return;
    byte = ring->file.data[state->wire_offset & (size - 1)];
    if (journal_enter_device(uart->journal))
        is_sent = wire_tty_put(&uart->wire->tty, byte);
    fault_point(FAULT_DEVICE_DONE);
    state->wire_offset += is_sent;
}

/* ---- input ---- */

/* *byte comes from the tty.  True: it is, or completes, a received byte with
 * *errors. */
static bool read_marks(struct uart_state *state, uint8_t *byte,
                       uint8_t *errors)
{
    *errors = 0;
    switch (state->wire_marks) {
    case MARKS_FIRST:
        state->wire_marks = *byte == MARK_OF_ERROR ? MARKS_ERROR : MARKS_NONE;
        return *byte != MARK_OF_ERROR;
    case MARKS_ERROR:
        state->wire_marks = MARKS_NONE;
        /* Linux does not tell a wrong parity from a wrong stop bit. */
        if (*byte == 0)
            *errors = UART_LSR_BI;
        else
            *errors = state->lcr & UART_LCR_PARITY ? UART_LSR_PE
                                                   : UART_LSR_FE;
        return true;
    default:
        if (*byte == MARK)
            state->wire_marks = MARKS_FIRST;
        return *byte != MARK;
    }
}

bool uart_wire_take(struct uart *uart, uint8_t *byte, uint8_t *errors)
{
    bool is_taken = false;

    if (journal_enter_input(uart->journal))
        is_taken = wire_tty_take(&uart->wire->tty, byte);
    fault_point(FAULT_DEVICE_DONE);
    return is_taken && read_marks(uart->state, byte, errors);
}

void uart_wire_settle(struct uart *uart)
{
    /* If an access is under way it will be repeated: the byte that it left in
     * doubt may be the one that it is about to write again. */
    if (uart->wire && !uart->journal->is_input_in_doubt)
        uart->state->wire_offset++;
}
