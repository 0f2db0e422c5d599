/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_wire.h - the wire of a virtual UART: what the guest sets becomes a
 * tty's settings, what it writes goes out there, too, and what comes in there
 * is received
 *
 * The out ring is the wire's buffer: state->wire_offset is how far the tty
 * has taken it.  While it is behind, THRE is 0; a guest that writes all the
 * same loses nothing until it has written the whole history over.
 *
 * Exactly once as far as that can be known: each function that moves a byte
 * moves one, behind a mark of the journal, and is followed by a commit before
 * the next.  A death in between leaves that byte out and counts it.
 */
#ifndef MEDIATOR_UART_WIRE_H
#define MEDIATOR_UART_WIRE_H

#include "uart/uart.h"
#include "shared/wire_tty.h"

struct uart_wire {
    struct wire_tty tty;
    /* As the tty was last told, to tell it changes only. */
    bool is_told;
    bool has_break;
    uint8_t frame, lines;
    unsigned int baud;
};

/* The first five do nothing for a console without a wire. */

/* Frame, baud rate, DTR, RTS and break, as far as they differ from what the
 * tty was told.  Doing it twice is harmless. */
void uart_wire_apply(struct uart *uart);

/* Asks for CTS, DSR, RI and DCD: state->lines. */
void uart_wire_observe_lines(struct uart *uart);

/* Are there bytes that the tty has not taken? */
bool uart_wire_is_waiting(const struct uart *uart,
                          const struct uart_state *state);

/* Has the kernel sent all of them? */
bool uart_wire_is_drained(struct uart *uart);

/* The next one of them goes to the tty, if it takes it. */
void uart_wire_send(struct uart *uart);

/* Takes a byte from the tty when wire_tty_can_take() says that it has one; it
 * may be one of several that mean a break or an error.  True: *byte and
 * *errors are to be received. */
bool uart_wire_take(struct uart *uart, uint8_t *byte, uint8_t *errors);

/* The predecessor died at the tty: what it was about to move is left out. */
void uart_wire_settle(struct uart *uart);

#endif
