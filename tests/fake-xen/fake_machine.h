/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_machine.h - the machine's own 8250s: a model behind machine_ports.h
 *
 * It stands in the file "machine" of FAKE_XEN_DIR when that is set, so that a
 * test sees the serial line of a role in another process; else in this
 * process's memory.  An access that was cut short by the death of its process
 * did not happen.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define FAKE_UARTS_MAX 16
#define FAKE_LINE_BYTES (1u << 20)
#define FAKE_TRANSMIT_FIFO 16
#define FAKE_RECEIVE_FIFO 16
#define FAKE_DIVISORS 16

struct fake_uart {
    _Atomic uint32_t base; /* 0: unused */
    bool is_absent;        /* it reads ff and drops writes */
    bool is_8250;          /* it has no FIFO */
    bool has_plug;         /* what is sent is received */

    /* Set by tests.  While the line is stalled, `sent` stays where it is. */
    _Atomic uint32_t is_stalled;
    _Atomic uint64_t sent; /* how many bytes have left the shift register */

    uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
    /* Reading clears the errors, and the deltas of msr. */
    _Atomic uint32_t lsr_errors, msr;
    _Atomic uint32_t received_head, received_tail;
    uint8_t received[FAKE_RECEIVE_FIFO];

    _Atomic uint64_t overruns; /* writes to THR without room */
    _Atomic uint64_t reads[8], writes[8];
    _Atomic uint32_t divisors; /* times that DLL or DLM was written */
    uint8_t divisor_bytes[FAKE_DIVISORS];

    /* What was given to the transmitter, the last FAKE_LINE_BYTES bytes of it.
     */
    _Atomic uint64_t written;
    uint8_t line[FAKE_LINE_BYTES];
};

/* The model of the UART at a base port; it is made when there is none yet. */
struct fake_uart *fake_machine_uart(uint16_t base);
/* Unmaps the file: another FAKE_XEN_DIR will be used. */
void fake_machine_detach(void);

/* Stalls the line as it is now, or lets everything out. */
void fake_uart_stall(struct fake_uart *uart, bool is_stalled);

/* A byte comes in on the line. */
void fake_uart_receive(struct fake_uart *uart, uint8_t byte);

/* An access to a register, as a processor makes it. */
uint8_t fake_uart_in(struct fake_uart *uart, unsigned int offset);
void fake_uart_out(struct fake_uart *uart, unsigned int offset,
                   uint8_t value);

#endif
