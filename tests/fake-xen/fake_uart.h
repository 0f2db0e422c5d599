/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_uart.h - a model of an 8250 or 16550A that takes its time
 *
 * It is the chip of the data sheet PC16550D: both FIFOs, the shift register
 * that a character leaves bit by bit, errors that belong to a character, the
 * time-out, interrupts by priority, modem lines with deltas, loop mode.  It is
 * compared with QEMU's UART (tests/differential/).
 *
 * Its time is clock_ns, which a test sets forward, or CLOCK_MONOTONIC.
 * Nothing happens in the chip until somebody looks: an access first does what
 * was due until now, each event at its own time.  With takes_time off a
 * character takes none, and only the time-out goes by the clock.
 *
 * Who makes accesses owns the chip.  Another process may use what stands under
 * "the outside", and look on.  Plain data in shared memory.
 */
#ifndef FAKE_UART_H
#define FAKE_UART_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define FAKE_LINE_BYTES (1u << 20)
#define FAKE_TRANSMIT_FIFO 16
#define FAKE_RECEIVE_FIFO 16
#define FAKE_DIVISORS 16
#define FAKE_ARRIVALS 64
#define FAKE_SENT 64

/* A character that has come in on the line, with its PE FE BI. */
struct fake_arrival {
    uint64_t at_ns;
    uint8_t byte, errors;
};

struct fake_uart {
    _Atomic uint32_t base; /* 0: unused */
    bool is_absent;        /* it reads ff and drops writes */
    bool is_8250;          /* it has no FIFO */
    bool has_plug;         /* what is sent is received */
    bool takes_time;
    bool is_real_time;     /* the clock is CLOCK_MONOTONIC */

    /* ---- the outside ---- */
    _Atomic uint64_t clock_ns;
    _Atomic uint32_t is_stalled; /* the shift register stands still */
    _Atomic uint32_t lines;      /* CTS DSR RI DCD at the pins, as in MSR */
    _Atomic uint32_t arrivals_head, arrivals_tail;
    struct fake_arrival arrivals[FAKE_ARRIVALS];

    /* ---- the registers ---- */
    uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
    uint8_t msr;        /* as it was last worked out, with deltas */
    uint8_t lsr_errors; /* OE PE FE BI, until LSR is read */
    bool is_thre_pending, intr;

    /* ---- the receiver ---- */
    uint8_t received[FAKE_RECEIVE_FIFO], errors[FAKE_RECEIVE_FIFO];
    uint8_t received_count;
    bool is_timed_out;
    uint64_t touched_ns; /* when a character last came or went */

    /* ---- the transmitter ---- */
    uint8_t waiting[FAKE_TRANSMIT_FIFO];
    uint8_t waiting_count;
    bool is_shifting;
    uint8_t shifted;
    uint64_t shifted_ns; /* when the shift register will be empty */

    /* ---- what tests look at ---- */
    _Atomic uint64_t overruns; /* writes to THR without room */
    _Atomic uint64_t reads[8], writes[8];
    _Atomic uint32_t divisors; /* times that DLL or DLM was written */
    uint8_t divisor_bytes[FAKE_DIVISORS];
    _Atomic uint64_t sent;     /* how many characters have left by the pin */
    uint8_t sent_bytes[FAKE_SENT]; /* the last of them */
    /* What was given to the transmitter, also in loop mode; the last
     * FAKE_LINE_BYTES bytes of it. */
    _Atomic uint64_t written;
    uint8_t line[FAKE_LINE_BYTES];
};

/* Is told each change of INTR, the interrupt output.  NULL: nobody is. */
extern void (*fake_uart_on_intr)(struct fake_uart *uart, bool level);

/* The chip is switched on: all is 0 but its base port. */
void fake_uart_power_on(struct fake_uart *uart);

/* An access to a register, as a processor makes it. */
uint8_t fake_uart_in(struct fake_uart *uart, unsigned int offset);
void fake_uart_out(struct fake_uart *uart, unsigned int offset,
                   uint8_t value);

/* Does what was due until now; for who owns the chip.  Each access does it. */
void fake_uart_catch_up(struct fake_uart *uart);

/* Time passes, and what falls due in it happens. */
void fake_uart_pass_time(struct fake_uart *uart, uint64_t ns);

/* How long a character takes, with its start and stop bits: 8.1, 8.3. */
uint64_t fake_uart_character_ns(const struct fake_uart *uart);

/* INTR as it comes to the interrupt controller: on a PC's board OUT2 opens the
 * gate that it goes through, and loop mode closes it (8.8: the outputs are
 * inactive then). */
bool fake_uart_interrupts(const struct fake_uart *uart);

/* ---- the outside ---- */

/* Stalls the line as it is now, or lets everything out. */
void fake_uart_stall(struct fake_uart *uart, bool is_stalled);

/* A byte has come in on the line, whole or with errors (PE FE BI). */
void fake_uart_receive(struct fake_uart *uart, uint8_t byte);
void fake_uart_receive_wrong(struct fake_uart *uart, uint8_t byte,
                             uint8_t errors);

/* The modem lines are now so: CTS DSR RI DCD, as in MSR. */
void fake_uart_set_lines(struct fake_uart *uart, uint8_t lines);

#endif
