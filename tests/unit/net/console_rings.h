/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_rings.h - a console with rings in files of its own, for the tests
 * of the net role, and the uart role's side of these rings
 */
#ifndef TESTS_CONSOLE_RINGS_H
#define TESTS_CONSOLE_RINGS_H

#include "net/net_console.h"

#define RING_BYTES 4096u /* the size of the out ring */

/* What a uart role has of the rings. */
extern struct out_ring guest_out;
extern struct in_ring guest_in;

/* Makes an empty console that has begun, with rings and a wake-up FIFO of its
 * own; it does not listen, so clients are added by hand.  Returns 0, or not,
 * as cmocka's fixtures do. */
int console_rings_open(struct net_console *console);

/* The console may have been discarded by then. */
int console_rings_close(struct net_console *console);

/* The letter that is byte n of what the guest writes. */
uint8_t guest_byte(uint64_t n);

/* The guest writes its next `bytes` bytes. */
void guest_put(uint64_t bytes);

#endif
