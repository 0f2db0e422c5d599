/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_report.h - what a uart role tells the other processes, besides its
 * guest's output
 *
 * It stands in the header page of the console's out ring (out_ring.h), which
 * the uart role alone writes, so that each mapping has exactly one writing
 * process.  The net role and the supervisor read it.
 */
#ifndef MEDIATOR_UART_REPORT_H
#define MEDIATOR_UART_REPORT_H

#include <stdatomic.h>
#include <stdint.h>

/* Bits of xen_extensions. */
#define UART_REPORT_POSTED_WRITES    1u
#define UART_REPORT_SHADOW_REGISTERS 2u

/* Plain data in a shared file: the layout is part of the out ring's version
 * (out_ring.c). */
struct uart_report {
    /* The uart role has taken all input before this offset of the in ring: the
     * net role may overwrite it there. */
    _Alignas(64) _Atomic uint64_t in_tail;
    /* wake.h: not 0 while the uart role sleeps. */
    _Atomic uint32_t uart_sleeps;

    /* For mediatorctl status. */

    /* How many accesses to a device there are of which nobody knows whether
     * they happened (journal.h). */
    _Alignas(64) _Atomic uint64_t in_doubt;
    /* What the guest has set: LCR << 16 | divisor. */
    _Atomic uint32_t settings;
    /* Not 0 while the tty of wire= works. */
    _Atomic uint32_t has_wire;
    /* How many bytes of the guest that tty did not get. */
    _Atomic uint64_t wire_missed;
    /* What of Xen the console uses: UART_REPORT_... */
    _Atomic uint32_t xen_extensions;
};

#endif
