/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_access.h - turns a request into accesses to byte registers
 *
 * A request of `count` elements of `size` bytes is count * size byte
 * accesses ("units"), to consecutive registers within an element.  They are
 * done one by one, each committed in the journal.  Only those of `rep outsb`
 * to THR are done in runs, where the UART takes runs.
 */
#ifndef MEDIATOR_PORT_ACCESS_H
#define MEDIATOR_PORT_ACCESS_H

#include <stdint.h>

#include "uart/guest_memory.h"
#include "uart/journal.h"
#include "uart/uart.h"

/* The longest run, in bytes.  The out ring can be ahead of the state of a
 * process that died by as many. */
#define PORT_ACCESS_RUN_MAX 512u

struct port_access {
    struct uart *uart;
    struct journal *journal;
    struct guest_memory *memory;
    uint16_t first_port; /* the guest's port of register 0 */
};

/* Whether a request is a string for THR whose bytes are taken in runs. */
bool port_access_is_run(const struct port_access *access,
                        const struct port_request *request);

/* Runs the request in the journal (journal->page->request) from its first byte
 * access that is not done, and returns the answer: for a read, what it reads.
 * A request that is not for our ports, or makes no sense, is answered with all
 * ones, as Xen answers where there is no device. */
uint64_t port_access_run(struct port_access *access);

#endif
