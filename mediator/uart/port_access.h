/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_access.h - a request becomes accesses to byte registers
 *
 * A request of `count` elements of `size` bytes is count * size byte
 * accesses ("units"), to consecutive registers within an element.  They are
 * done one by one, each committed in the journal; but those of `rep outsb` to
 * THR in runs, where the UART takes them.
 */
#ifndef MEDIATOR_PORT_ACCESS_H
#define MEDIATOR_PORT_ACCESS_H

#include <stdint.h>

#include "uart/guest_memory.h"
#include "uart/journal.h"
#include "uart/uart.h"

/* Bytes of a run at most: so far may the out ring be ahead of the state of a
 * process that died. */
#define PORT_ACCESS_RUN_MAX 512u

struct port_access {
    struct uart *uart;
    struct journal *journal;
    struct guest_memory *memory;
    uint16_t first_port;
};

/* Whether a request is a string for THR whose bytes are taken in runs. */
bool port_access_is_run(const struct port_access *access,
                        const struct port_request *request);

/* Runs journal->page->request from its first byte access that is not done
 * (a copy of the request is used) and returns what a read reads. */
uint64_t port_access_run(struct port_access *access);

#endif
