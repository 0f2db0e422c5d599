/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_request.h - one request of a vCPU, as it was copied from Xen's page
 *
 * Xen's page is shared with the guest's hypervisor and may change; this copy
 * is made once, checked and kept in the journal until it is answered.
 */
#ifndef MEDIATOR_PORT_REQUEST_H
#define MEDIATOR_PORT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

/* The fields are those of struct ioreq (xen/hvm/ioreq.h).  Plain data in the
 * state file: a change of this layout is a new STATE_VERSION (journal.c). */
struct port_request {
    uint64_t addr;  /* port */
    uint64_t data;  /* value, or the address of the first element */
    uint32_t count; /* elements */
    uint32_t size;  /* of an element: 1, 2 or 4 */
    uint32_t vcpu;
    uint8_t type;   /* IOREQ_TYPE_* */
    bool is_read;
    bool data_is_ptr;
    bool df;        /* elements lie one below the other (EFLAGS.DF) */
};

#endif
