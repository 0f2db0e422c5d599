/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posted_service.h - what the uart role's loop does on a Xen that posts writes
 * (posted_writes.h); nothing on any other
 */
#ifndef MEDIATOR_POSTED_SERVICE_H
#define MEDIATOR_POSTED_SERVICE_H

#include "uart_role.h"

/* Goes on where a predecessor was. */
void posted_service_begin(struct uart_role *role);

/* What guests wrote without waiting, in one commit.  False: nothing. */
bool posted_service_run(struct uart_role *role);

/* All that is there now. */
void posted_service_drain(struct uart_role *role);

/* Before a sleep: after how many ns at most the ring is to be looked at again,
 * of which nobody tells meanwhile.  0: an event tells. */
uint64_t posted_service_nap_ns(struct uart_role *role);

#endif
