/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posted_output.h - what the uart role's loop does on a Xen that posts writes
 * (posted_writes.h); nothing on any other
 */
#ifndef MEDIATOR_POSTED_OUTPUT_H
#define MEDIATOR_POSTED_OUTPUT_H

#include "uart/uart_role.h"

/* Goes on where a predecessor was. */
void posted_output_begin(struct uart_role *role);

/* What guests wrote without waiting, in one commit.  False: nothing. */
bool posted_output_run(struct uart_role *role);

/* All that is there now. */
void posted_output_drain(struct uart_role *role);

/* Whether the guest may wait for what it posts.  If not, that need not be
 * looked for between two naps. */
bool posted_output_is_urgent(const struct uart_role *role);

#endif
