/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_receiver.h - what the machine's UART has received, and its LSR,
 * which tells of it
 *
 * The guest's receiver (uart_receiver.h) stands before the device's own:
 * clients type into the first, and IIR is worked out from it.  So whatever the
 * device has is taken over whenever the guest could see it.
 *
 * An access calls one of these functions before it changes anything in the
 * UART's state: they may commit (journal.h), and a successor runs the access
 * again from its beginning.  uart->state is another copy when they return.
 */
#ifndef MEDIATOR_MACHINE_RECEIVER_H
#define MEDIATOR_MACHINE_RECEIVER_H

#include "uart/uart.h"

/* Does the device's receiver have anything for the guest?  In loop mode it has
 * the guest's own bytes; else what comes in on the serial line, if the
 * console's options ask for that. */
static inline bool machine_receiver_is_heard(const struct uart *uart)
{
    return uart->options.has_line_input || uart->options.has_plug ||
           uart_is_loop(uart->state);
}

/* Is the serial line the clients' and not the guest's? */
static inline bool machine_receiver_is_plugged(const struct uart *uart,
                                               const struct uart_state *state)
{
    return uart->options.has_plug && !uart_is_loop(state);
}

/* Reads the device's LSR, and notes what it says of the transmitter and of
 * errors.  Commits nothing. */
uint8_t machine_receiver_observe_lsr(struct uart *uart);

/* The same, and takes all that the device has received.  Returns LSR. */
uint8_t machine_receiver_look(struct uart *uart);

/* The same, and commits, before an access to the device that must not happen
 * twice: a doubt is of the one or of the other. */
void machine_receiver_take_over(struct uart *uart);

/* Takes the byte that LSR has told of, and commits nothing.  Returns whether
 * there may be another one, and room for it. */
bool machine_receiver_take_one(struct uart *uart, uint8_t lsr);

/* Does LSR tell of a byte for the guest that cannot be taken while DLAB is
 * set? */
bool machine_receiver_is_hidden(const struct uart *uart, uint8_t lsr);

/* Empties the device's receiver of what is not the guest's. */
void machine_receiver_discard(struct uart *uart);

/* MCR is about to turn the device's receiver from the serial line to loop
 * mode, or back. */
void machine_receiver_turn(struct uart *uart);

#endif
