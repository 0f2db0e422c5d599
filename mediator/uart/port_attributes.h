/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_attributes.h - tells a Xen with xen-patch's hypervisor part that it may
 * post writes to a port, or read it by its shadow (xen_extensions.h)
 *
 * libxendevicemodel cannot say it: it knows ports and memory only.
 */
#ifndef MEDIATOR_PORT_ATTRIBUTES_H
#define MEDIATOR_PORT_ATTRIBUTES_H

#include <stdint.h>
#include <xen/hvm/dm_op.h>

struct port_attributes {
    int fd; /* of /dev/xen/privcmd; -1: not open */
    uint32_t domid;
};

#define PORT_ATTRIBUTES_CLOSED ((struct port_attributes){ .fd = -1 })

/* 0, or -1 with a message logged. */
int port_attributes_open(struct port_attributes *attributes, uint32_t domid);
int port_attributes_restrict(struct port_attributes *attributes);

/* Asks which attributes this Xen knows.  Returns a bit 1 << type for each,
 * where type is XEN_DMOP_IO_RANGE_POSTED or _SHADOW; and 0 for a Xen that does
 * not know the question, or answers something else.  Logs nothing. */
uint32_t port_attributes_query(struct port_attributes *attributes);

/* Gives the ports first to last of an ioreq server, which has claimed them, an
 * attribute: one that port_attributes_query() returned.  0, also when a
 * predecessor did it; or -1 with errno, which is EOPNOTSUPP when the server
 * lacks what the attribute takes (a buffered ring, or the page of shadow
 * registers).  Logs nothing. */
int port_attributes_add(struct port_attributes *attributes, ioservid_t server,
                        uint32_t type, uint16_t first, uint16_t last);

void port_attributes_close(struct port_attributes *attributes);

#endif
