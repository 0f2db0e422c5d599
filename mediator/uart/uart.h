/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.h - an 8250-family UART as a guest sees it
 *
 * One interface; uart_passthrough.c implements it with a real 8250,
 * uart_virtual.c is a 16550A of its own.  The guest's vCPU waits while these
 * functions run: they never block, allocate or log.  Sections are those of
 * the data sheet PC16550D.
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
#include "uart/uart_state.h"

#define UART_IER_BITS 0x0f     /* the others do not exist and read as 0 */
#define UART_IIR_FIFO_BITS 0xc0 /* both are set while FIFOs are on: 8.6 */

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
    struct uart_wire *wire; /* NULL: the console has none; uart_wire.h */
    struct out_ring *out_ring;
    /* Is told each change of the UART's interrupt output (INTR); in the role
     * it is interrupt_line_set(). */
    void (*set_irq)(void *opaque, bool level);
    void *opaque;
    bool irq_level;            /* INTR as set_irq was told last */
    uint64_t poll_interval_ns; /* until ops->poll is due; 0: it is not */
    uint32_t poll_count;       /* polls since the transmitter last moved */
};

/* A UART's behaviour.  Functions that change something work on uart->state
 * and leave poll_interval_ns right. */
struct uart_ops {
    const char *mode;

    /* Brings a UART that has no state yet (*state is zero but for the
     * offsets) to what a PC's firmware leaves.  May log.  0, or -1 with a
     * message logged.  NULL: zero is right. */
    int (*reset)(struct uart *uart);

    /* offset: 0..7 from the base port.  When read() returns, the side effects
     * of reading LSR, MSR, IIR or RBR have happened. */
    uint8_t (*read)(struct uart *uart, unsigned int offset);
    void (*write)(struct uart *uart, unsigned int offset, uint8_t value);

    /* These three are NULL for a UART whose every access must be run when it
     * is made.
     * takes_runs: whether this UART's transmitter is never seen busy, as its
     * options are.  Then many writes to THR may be run at once, Xen may post
     * them, and Xen may answer reads of registers by their shadow.
     * write_run: count > 0 writes to offset 0; it may change bytes.
     * peek: what reading a register would give in this state.  False where
     * reading changes something, or where posted writes that are still to
     * come may change the answer. */
    void (*write_run)(struct uart *uart, uint8_t *bytes, unsigned int count);
    bool (*peek)(const struct uart *uart, const struct uart_state *state,
                 unsigned int offset, uint8_t *value);
    bool (*takes_runs)(const struct uart *uart);

    /* How many bytes of input can be received now. */
    unsigned int (*receive_room)(const struct uart *uart,
                                 const struct uart_state *state);

    /* A client's byte comes in, while there is room.  errors: 0, or
     * UART_LSR_BI for a break, whose byte is 0. */
    void (*receive)(struct uart *uart, uint8_t byte, uint8_t errors);

    /* All client input that there is has been received.  NULL: that makes no
     * difference to this UART. */
    void (*end_input)(struct uart *uart);

    /* Looks whether what is due has come.  poll_interval_ns is what has passed
     * since the last poll. */
    void (*poll)(struct uart *uart);

    /* Each moves one byte at most to or from the tty of wire=;
     * receive_from_wire() is called while there is room.  NULL for a UART
     * that cannot have one (uart_mode.h: can_have_wire). */
    void (*send_to_wire)(struct uart *uart);
    void (*receive_from_wire)(struct uart *uart);
};

/* What implements each mode of uart_mode.h; NULL-terminated; uart_modes.c. */
extern const struct uart_ops *const uart_ops_list[];

/* NULL when there is no such mode. */
const struct uart_ops *uart_ops_find(const char *mode);

/* The interrupt that IIR shows, a value of its low bits; UART_IIR_NO_INT:
 * none is pending. */
uint8_t uart_pending(const struct uart_state *state);

/* Works out INTR, and tells set_irq when it has changed.  The only caller of
 * set_irq: it must be called whenever uart_pending() may give another answer,
 * at the latest before the commit. */
void uart_update_irq(struct uart *uart);

/* IIR as the guest reads it.  uart_read_iir() does what reading it does, too:
 * it acknowledges the transmitter's interrupt. */
uint8_t uart_peek_iir(const struct uart_state *state);
uint8_t uart_read_iir(struct uart_state *state);

/* Bytes leave the UART.  There is no other way into the out ring. */
void uart_transmit(struct uart *uart, uint8_t byte);
void uart_transmit_run(struct uart *uart, const uint8_t *bytes,
                       unsigned int count);

/* Shortens *interval_ns to due_ns, unless it is shorter already; 0 is an
 * interval that never ends. */
static inline void uart_bring_forward(uint64_t *interval_ns, uint64_t due_ns)
{
    if (*interval_ns == 0 || due_ns < *interval_ns)
        *interval_ns = due_ns;
}

#endif
