/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.h - an 8250-family UART as a guest sees it
 *
 * One interface; uart_passthrough.c implements it with a real 8250.  The
 * guest's vCPU waits while these functions run: they never block, allocate
 * or log.
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

#define UART_REGS 8

/* All that a UART remembers.  Plain data in a file that outlives the
 * process: a change of this layout is a new STATE_VERSION (journal.c). */
struct uart_state {
    uint64_t out_offset; /* where the next transmitted byte goes */
    uint64_t in_offset;  /* where the next received byte comes from */
    uint8_t ier, lcr, fcr, mcr, scr, dll, dlm;
    uint8_t lsr_errors;  /* OE PE FE BI, until the guest reads LSR */
    uint8_t msr_deltas;  /* DCTS DDSR TERI DDCD, until the guest reads MSR */
    bool has_fifo;       /* a 16550A: IIR shows the FIFO bits */
    bool is_data_ready;  /* LSR.DR when it was last read */
    bool is_transmitting; /* THR was written, LSR.THRE not yet seen again */
    bool is_thre_pending; /* the transmitter's interrupt source */
    uint8_t padding[3];
};

struct journal;
struct machine_ports;
struct out_ring;

struct uart {
    const struct uart_ops *ops;
    struct uart_state *state; /* the journal's working copy */
    struct journal *journal;
    struct machine_ports *machine;
    struct out_ring *out_ring;
    void (*set_irq)(void *opaque, bool level); /* ISA IRQ line, a level */
    void *opaque;
    bool irq_level;           /* as last given to set_irq */
    uint64_t poll_interval_ns; /* 0: nothing is due */
    uint32_t poll_count;      /* since the last progress */
};

struct uart_ops {
    const char *mode;
    bool needs_machine_port;

    /* Brings a UART that has no state yet (*state is zero but for the
     * offsets) to what a PC's firmware leaves.  May log. */
    int (*reset)(struct uart *uart);

    /* offset: 0..7 from the base port.  Read side effects (LSR, MSR, IIR,
     * RBR) have happened. */
    uint8_t (*read)(struct uart *uart, unsigned int offset);
    void (*write)(struct uart *uart, unsigned int offset, uint8_t value);

    /* Which interrupt is pending: a value of IIR's low bits. */
    uint8_t (*pending)(const struct uart_state *state);

    /* Looks whether something that is due has come; called when
     * poll_interval_ns have passed. */
    void (*poll)(struct uart *uart);
};

/* NULL-terminated; uart_modes.c. */
extern const struct uart_ops *const uart_modes[];

const struct uart_ops *uart_mode_find(const char *mode);

/* The only place that moves the interrupt line: called whenever the answer
 * of ops->pending() may have changed. */
void uart_update_irq(struct uart *uart);

/* A byte leaves the UART: the only way into the out ring. */
void uart_transmit(struct uart *uart, uint8_t byte);

#endif
