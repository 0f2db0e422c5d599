/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_receiver.h - RBR, the receive FIFO behind it, and what of LSR is
 * theirs: the same for every UART, since client input goes through it
 *
 * One byte without FIFO, 16 with it, or 64 in a 16750; trigger level and
 * character time-out as in PC16550D 8.5 and 8.11.  None of these functions
 * moves the interrupt line: their callers end in uart_update_irq().
 */
#ifndef MEDIATOR_UART_RECEIVER_H
#define MEDIATOR_UART_RECEIVER_H

#include <linux/serial_reg.h>

#include "uart/uart.h"

/* The errors of a single byte. */
#define UART_LSR_BYTE_ERRORS (UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)

/* How many more bytes fit. */
unsigned int uart_receiver_room(const struct uart_state *state);

/* A byte comes in, with its PE FE BI.  Without room it is an overrun. */
void uart_receiver_put(struct uart_state *state, uint8_t byte, uint8_t errors);

/* Whether as many bytes are there as "received data available" waits for. */
bool uart_receiver_is_triggered(const struct uart_state *state);

uint8_t uart_receiver_read_rbr(struct uart_state *state);

/* DR, the errors, and whether one is in the FIFO; all but THRE and TEMT.
 * Errors that are told by reading are forgotten. */
uint8_t uart_receiver_peek_lsr(const struct uart_state *state);
uint8_t uart_receiver_read_lsr(struct uart_state *state);

/* The guest has read LSR or IIR. */
void uart_receiver_note_look(struct uart_state *state);

/* Has the guest looked twice without taking a byte?  Then it has seen what
 * there is but input: the receiver's interrupt goes before the transmitter's,
 * and bytes that come as fast as they are read would keep it from sending. */
bool uart_receiver_is_waited_for(const struct uart_state *state);

/* Sets state->fcr and empties the FIFO where that is due.  is_width_writable:
 * of a 16750, behind DLAB. */
void uart_receiver_write_fcr(struct uart_state *state, uint8_t value,
                             bool is_width_writable);

/*
 * The character time-out needs no clock: its owner tells it that so much
 * time has passed since the last telling.  Bytes that came or went meanwhile
 * make that time count as none, so that it is never early.
 */
void uart_receiver_pass_time(struct uart_state *state, uint64_t elapsed_ns);

/* It is known that no byte is on its way. */
void uart_receiver_time_out(struct uart_state *state);

/* When time should next be told; 0: there is no need. */
uint64_t uart_receiver_due_ns(const struct uart_state *state);

#endif
