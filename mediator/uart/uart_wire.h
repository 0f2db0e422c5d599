/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_wire.h - the wire of a virtual UART, a tty of dom0's Linux
 *
 * What the guest sets becomes the tty's settings, what it writes goes out
 * there as well as to the clients, and what comes in there is received.
 *
 * The out ring is the wire's buffer: state->wire_offset is how far the tty
 * has taken it.  While it is behind, THRE is 0; a guest that writes all the
 * same loses nothing until it has written the whole history over.
 *
 * Each byte goes exactly once, as far as that can be known: a function that
 * moves bytes moves one, behind a mark in the journal, and a commit follows
 * before the next.  A death in between leaves that byte out and counts it.
 */
#ifndef MEDIATOR_UART_WIRE_H
#define MEDIATOR_UART_WIRE_H

#include "shared/wire_tty.h"
#include "uart/uart.h"

struct uart_wire {
    struct wire_tty tty;
    /* What the tty was told last: it is told changes only. */
    bool is_told; /* it was told at all */
    bool has_break;
    uint8_t frame, lines;
    unsigned int baud;
};

/* All but uart_wire_take() may be called for a console without a wire, and do
 * nothing then. */

/* Tells the tty frame, baud rate, DTR, RTS and break, as far as they differ
 * from what it was told.  Doing it twice is harmless. */
void uart_wire_apply(struct uart *uart);

/* Another tty is in the place of one that was lost: the UART begins there
 * anew.  In a step of its own. */
void uart_wire_begin(struct uart *uart);

/* Asks the tty for CTS, DSR, RI and DCD, and sets state->lines. */
void uart_wire_observe_lines(struct uart *uart);

/* Are there bytes of the guest that the tty has not taken? */
bool uart_wire_is_waiting(const struct uart *uart,
                          const struct uart_state *state);

/* Has the kernel sent all that the tty has taken? */
bool uart_wire_is_drained(struct uart *uart);

/* Gives the next waiting byte to the tty, if it takes one. */
void uart_wire_send(struct uart *uart);

/* Takes a byte from the tty; wire_tty_can_take() has said that there is one.
 * It may be one of several that mean a break or an error.  True: *byte and
 * *errors are to be received. */
bool uart_wire_take(struct uart *uart, uint8_t *byte, uint8_t *errors);

/* The predecessor died at the tty: the byte that it was about to move is left
 * out.  In a step of its own. */
void uart_wire_settle(struct uart *uart);

#endif
