/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.h - an 8250-family UART as a guest sees it
 *
 * One interface; uart_passthrough.c implements it with a real 8250,
 * uart_virtual.c is a 16550A of its own.  The guest's vCPU waits while these
 * functions run: they never block, allocate or log.
 *
 * A UART works on a copy of its state that the journal commits as a whole
 * (journal.h).  A process may die anywhere in an access, and its successor
 * runs that access again from the last committed state: everything that an
 * access does must either be harmless when done twice or stand behind
 * journal_enter_device().
 */
#ifndef MEDIATOR_UART_H
#define MEDIATOR_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/console_options.h"
#include "shared/uart_mode.h"

#define UART_FIFO_BYTES 16
#define UART_FIFO_BYTES_MAX 64 /* of a 16750: FCR's UART_FCR7_64BYTE */
#define UART_IER_BITS 0x0f /* that there are; the others read as 0 */
#define UART_IIR_FIFO_BITS 0xc0 /* both are set while FIFOs are on: 8.6 */
#define UART_BAUD_AT_DIVISOR_1 115200u /* 1.8432 MHz / 16: 8.3 */

/* RBR and the FIFO behind it; uart_receiver.h. */
struct uart_receiver {
    uint64_t idle_ns;    /* seen to have passed without was_touched */
    uint8_t bytes[UART_FIFO_BYTES_MAX];
    uint8_t errors[UART_FIFO_BYTES_MAX]; /* PE FE BI of each, until it is on top */
    uint8_t first, count;
    bool was_touched;    /* a byte came or went since time was last passed */
    bool is_timed_out;   /* the character time-out's interrupt source */
    uint8_t looks;       /* at LSR or IIR since then, counted up to 255 */
    uint8_t padding[3];
};

/* All that a UART remembers.  Plain data in a file that outlives the
 * process: a change of this layout is a new STATE_VERSION (journal.c). */
struct uart_state {
    uint64_t out_offset; /* where the next transmitted byte goes */
    uint64_t in_offset;  /* where the next received byte comes from */
    uint64_t wire_offset; /* how far the wire has taken the output */
    uint8_t ier, lcr, fcr, mcr, scr, dll, dlm;
    uint8_t lsr_errors;  /* OE PE FE BI, until the guest reads LSR */
    uint8_t msr;         /* DCTS DDSR TERI DDCD: until the guest reads it */
    uint8_t lines;       /* CTS DSR RI DCD at the pins, as in MSR */
    uint8_t transmitter; /* characters in the FIFO and the shift register; with
                          * a plug: looks left for the byte to come back */
    bool has_fifo;       /* the machine's is a 16550A and no 8250 */
    bool is_transmitting; /* THR was written, LSR.THRE not yet seen again */
    bool is_thre_pending; /* the transmitter's interrupt source */
    bool is_break_due;   /* a client's break waits for room */
    uint8_t wire_errors; /* PE FE BI of the byte on top of the machine's FIFO,
                          * which reading its LSR took away */
    uint8_t wire_marks;  /* of an error, as far as the tty has told it */
    uint16_t posted_position; /* posted_writes.h: how far they are consumed */
    struct uart_receiver receiver;
};

struct journal;
struct machine_ports;
struct out_ring;
struct uart_wire;

struct uart {
    const struct uart_ops *ops;
    struct uart_state *state; /* the journal's working copy */
    struct console_options options;
    struct journal *journal;
    struct machine_ports *machine;
    struct uart_wire *wire; /* NULL: none; uart_wire.h */
    struct out_ring *out_ring;
    void (*set_irq)(void *opaque, bool level); /* ISA IRQ line, a level */
    void *opaque;
    bool irq_level;           /* as last given to set_irq */
    uint64_t poll_interval_ns; /* 0: nothing is due */
    uint32_t poll_count;      /* since the last progress */
};

struct uart_ops {
    const char *mode;

    /* Brings a UART that has no state yet (*state is zero but for the
     * offsets) to what a PC's firmware leaves.  May log. */
    int (*reset)(struct uart *uart);

    /* offset: 0..7 from the base port.  Read side effects (LSR, MSR, IIR,
     * RBR) have happened. */
    uint8_t (*read)(struct uart *uart, unsigned int offset);
    void (*write)(struct uart *uart, unsigned int offset, uint8_t value);

    /* All NULL, unless many writes to THR may be taken at once, Xen may post
     * them and read registers by their shadow: for a UART whose transmitter
     * is never seen busy, which takes_runs() tells.
     * write_run: as many writes to offset 0, count > 0; it may change bytes.
     * peek: what reading a register would give in this state; false where
     * reading changes something, or where posted writes may still change
     * the answer. */
    void (*write_run)(struct uart *uart, uint8_t *bytes, unsigned int count);
    bool (*peek)(const struct uart *uart, const struct uart_state *state,
                 unsigned int offset, uint8_t *value);
    bool (*takes_runs)(const struct uart *uart);

    /* How many bytes of client input can be received now. */
    unsigned int (*receive_room)(const struct uart *uart,
                                 const struct uart_state *state);

    /* A byte comes in, while there is room.  errors: 0, or UART_LSR_BI for a
     * break, whose byte is 0. */
    void (*receive)(struct uart *uart, uint8_t byte, uint8_t errors);

    /* All client input that there is has been received.  NULL: it makes no
     * difference. */
    void (*end_input)(struct uart *uart);

    /* Looks whether something that is due has come; called when
     * poll_interval_ns have passed, which it and the others set. */
    void (*poll)(struct uart *uart);

    /* NULL for a UART that cannot have a wire.  Each moves one byte at most,
     * the second one while there is room. */
    void (*send_to_wire)(struct uart *uart);
    void (*receive_from_wire)(struct uart *uart);
};

/* What implements a mode of uart_mode.h; NULL-terminated; uart_modes.c. */
extern const struct uart_ops *const uart_ops_list[];

const struct uart_ops *uart_ops_find(const char *mode);

/* Which interrupt is pending: a value of IIR's low bits. */
uint8_t uart_pending(const struct uart_state *state);

/* The only place that moves the interrupt line: called whenever the answer
 * of uart_pending() may have changed. */
void uart_update_irq(struct uart *uart);

/* IIR as the guest reads it: THRE's interrupt is acknowledged by reading. */
uint8_t uart_peek_iir(const struct uart_state *state);
uint8_t uart_read_iir(struct uart_state *state);

/* Bytes leave the UART: the only ways into the out ring. */
void uart_transmit(struct uart *uart, uint8_t byte);
void uart_transmit_run(struct uart *uart, const uint8_t *bytes,
                       unsigned int count);

/* Bytes of each FIFO; 1: they are off. */
unsigned int uart_fifo_bytes(const struct uart_state *state);

bool uart_is_dlab(const struct uart_state *state);

/* 8.1: a frame has 5 to 8 data bits; the bits above them are not sent. */
uint8_t uart_frame(const struct uart_state *state, uint8_t byte);

/* From start to stop bit at the programmed baud rate and frame. */
uint64_t uart_character_ns(const struct uart_state *state);

/* Makes an interval until a poll shorter: it is to end when `due` has passed.
 * 0 is an interval without an end. */
static inline void uart_bring_forward(uint64_t *interval_ns, uint64_t due_ns)
{
    if (*interval_ns == 0 || due_ns < *interval_ns)
        *interval_ns = due_ns;
}

#endif
