/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_state.h - all that a UART remembers, and what follows from it alone
 *
 * Sections are those of the data sheet PC16550D.
 */
#ifndef MEDIATOR_UART_STATE_H
#define MEDIATOR_UART_STATE_H

#include <linux/serial_reg.h>
#include <stdbool.h>
#include <stdint.h>

#define UART_FIFO_BYTES 16
#define UART_FIFO_BYTES_MAX 64 /* of a 16750: FCR's UART_FCR7_64BYTE */
#define UART_BAUD_AT_DIVISOR_1 115200u /* 1.8432 MHz / 16: 8.3 */

/* RBR and the FIFO behind it; uart_receiver.h. */
struct uart_receiver {
    uint64_t idle_ns;    /* time that has passed without was_touched */
    uint8_t bytes[UART_FIFO_BYTES_MAX];
    /* PE FE BI of each byte; they move to lsr_errors when it is on top. */
    uint8_t errors[UART_FIFO_BYTES_MAX];
    uint8_t first, count;
    bool was_touched;    /* a byte came or went since time was last passed */
    bool is_timed_out;   /* the character time-out's interrupt source */
    uint8_t reads;       /* of LSR and IIR since a byte last came or went;
                          * counted up to 255 */
    uint8_t padding[3];
};

/* All that a UART remembers.  Plain data in a file that outlives the
 * process: a change of this layout is a new STATE_VERSION (journal.c). */
struct uart_state {
    uint64_t out_offset; /* where in the out ring the next sent byte goes */
    uint64_t in_offset;  /* where in the in ring the next input stands */
    uint64_t wire_offset; /* the tty of wire= has taken all before this
                           * offset of the out ring */
    uint8_t ier, lcr, fcr, mcr, scr, dll, dlm;
    uint8_t lsr_errors;  /* OE PE FE BI, until the guest reads LSR */
    uint8_t msr;         /* DCTS DDSR TERI DDCD stay until it is read */
    uint8_t lines;       /* CTS DSR RI DCD at the pins, as in MSR */
    uint8_t transmitter; /* characters in the FIFO and the shift register;
                          * with a plug: character times for which a byte may
                          * still come back */
    bool has_fifo;       /* the machine's UART is a 16550A and no 8250 */
    bool is_transmitting; /* THR was written, LSR.THRE not yet seen again */
    bool is_thre_pending; /* the transmitter's interrupt source */
    uint8_t reserved;    /* 0; an earlier mediatord kept a break here */
    uint8_t line_errors; /* PE FE BI of the byte on top of the machine's FIFO:
                          * seen in the machine's LSR, which forgot them */
    uint8_t wire_marks;  /* of an error, as far as the tty has told it */
    uint16_t posted_position; /* posted_writes.h: how far they are consumed */
    struct uart_receiver receiver;
};

/* How many bytes each FIFO holds; 1 while they are off. */
unsigned int uart_fifo_bytes(const struct uart_state *state);

/* Are offsets 0 and 1 the divisor (LCR.DLAB)? */
static inline bool uart_is_dlab(const struct uart_state *state)
{
    return state->lcr & UART_LCR_DLAB;
}

/* 8.6, MCR's bit 4: what is sent is received. */
static inline bool uart_is_loop(const struct uart_state *state)
{
    return state->mcr & UART_MCR_LOOP;
}

/* What of a byte goes over a line.  8.1: a frame has 5 to 8 data bits; the
 * bits above them are not sent. */
uint8_t uart_frame(const struct uart_state *state, uint8_t byte);

/* How long a character takes from its start bit to its stop bit, at the baud
 * rate and in the frame that the guest has set. */
uint64_t uart_character_ns(const struct uart_state *state);

#endif
