/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posted_output.h - gives the UART what guests wrote without waiting
 *
 * On a Xen that does not post writes (posted_writes.h) there is never any.
 */
#ifndef MEDIATOR_POSTED_OUTPUT_H
#define MEDIATOR_POSTED_OUTPUT_H

#include "uart/uart_parts.h"

/* Goes on where a predecessor was, before anything else looks at the ring. */
void posted_output_begin(struct uart_role *role);

/* Gives the UART what is in the ring, in one step: POSTED_WRITES_MAX entries
 * at most.  False: there was nothing. */
bool posted_output_run(struct uart_role *role);

/* Gives the UART all that is in the ring now. */
void posted_output_drain(struct uart_role *role);

/* May anybody wait for what the guest posts?  If not, the ring need not be
 * looked at between two naps. */
bool posted_output_is_urgent(const struct uart_role *role);

#endif
