/* SPDX-License-Identifier: BSD-2-Clause */
/* console_rings.h - a console's rings, and the uart role's side of them */
#ifndef TESTS_CONSOLE_RINGS_H
#define TESTS_CONSOLE_RINGS_H

#include "net/net_console.h"

#define RING_BYTES 4096u /* of the out ring */

/* What a uart role has of them. */
extern struct out_ring guest_out;
extern struct in_ring guest_in;

/* An empty console that listens, with rings and wake-up FIFO of its own.
 * Returns 0, or not, as cmocka's fixtures do. */
int console_rings_open(struct console_server *console);
int console_rings_close(struct console_server *console);

#endif
