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

/* So many of the in ring's items before offset `at` were for no guest. */
struct uart_report_skip {
    _Atomic uint64_t at, items;
};

/* Plain data in a shared file: the layout is part of the out ring's version
 * (out_ring.c).  It is the last thing in a page of zeroes, so that what is
 * added at the end is 0 in a file that an earlier mediatord has made, and
 * means there what 0 means. */
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

    /* uart_report_skip() writes the one that does not hold, and the store to
     * in_tail behind it makes it hold: a role may die anywhere. */
    struct uart_report_skip skips[2];
};

/* How many items of the in ring (bytes, and breaks) some guest's UART has
 * taken, since the console began. */
uint64_t uart_report_typed(const struct uart_report *report);

/* The uart role leaves out what the in ring holds before offset `to`, which
 * becomes in_tail. */
void uart_report_skip(struct uart_report *report, uint64_t to);

#endif
