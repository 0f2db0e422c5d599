/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_receiver.h - RBR, the receive FIFO behind it, and the bits of LSR that
 * tell of them
 *
 * Client input goes through it, so it is the same for every UART.
 *
 * One byte without FIFO, 16 with it, or 64 in a 16750; trigger level and
 * character time-out as in PC16550D 8.5 and 8.11.  None of these functions
 * moves the interrupt line: their callers end in uart_update_irq().
 */
#ifndef MEDIATOR_UART_RECEIVER_H
#define MEDIATOR_UART_RECEIVER_H

#include <linux/serial_reg.h>

#include "uart/uart_state.h"

/* The errors of a single byte. */
#define UART_LSR_BYTE_ERRORS (UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)

/* How many more bytes fit in. */
unsigned int uart_receiver_room(const struct uart_state *state);

/* A byte comes in, with its PE FE BI.  Without room it is an overrun. */
void uart_receiver_put(struct uart_state *state, uint8_t byte, uint8_t errors);

/* Are there as many bytes as the interrupt "received data available" waits
 * for? */
bool uart_receiver_is_triggered(const struct uart_state *state);

/* The byte on top is taken out; 0 when there is none. */
uint8_t uart_receiver_read_rbr(struct uart_state *state);

/* LSR without THRE and TEMT: DR, the errors, and whether one is in the FIFO.
 * uart_receiver_read_lsr() does what the guest's reading does, too: it forgets
 * the errors. */
uint8_t uart_receiver_peek_lsr(const struct uart_state *state);
uint8_t uart_receiver_read_lsr(struct uart_state *state);

/* The guest has read LSR or IIR. */
void uart_receiver_note_read(struct uart_state *state);

/* Has the guest read LSR or IIR twice without taking a byte?  Then it has had
 * its chance to see that the transmitter is empty, and more input may come.
 * The receiver's interrupt goes before the transmitter's: bytes that come as
 * fast as they are read would keep a guest from sending. */
bool uart_receiver_is_waited_for(const struct uart_state *state);

/* A write to FCR: sets state->fcr, and empties the FIFO where such a write
 * does.  is_width_writable: FCR's bit 5 works, as in a 16750 while LCR.DLAB is
 * set. */
void uart_receiver_write_fcr(struct uart_state *state, uint8_t value,
                             bool is_width_writable);

/*
 * The character time-out has no clock: whoever polls the UART tells it how
 * much time has passed since it was told last.  When a byte came or went in
 * that time, all of it counts as none, so that the time-out is never early.
 */
void uart_receiver_pass_time(struct uart_state *state, uint64_t elapsed_ns);

/* Brings the time-out about: it is known that no byte is on its way. */
void uart_receiver_time_out(struct uart_state *state);

/* After what time uart_receiver_pass_time() should be called next; 0: there is
 * no need. */
uint64_t uart_receiver_due_ns(const struct uart_state *state);

#endif
