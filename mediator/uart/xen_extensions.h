/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen_extensions.h - what the hypervisor patches of xen-patch/ add to Xen's
 * public headers
 *
 * The numbers are xen-patch's own: in another Xen they may mean something
 * else.  So nothing here but the query is used until the query was answered in
 * its own words (port_attributes_query()).
 */
#ifndef MEDIATOR_XEN_EXTENSIONS_H
#define MEDIATOR_XEN_EXTENSIONS_H

#include <stdint.h>

/* xen/hvm/dm_op.h: asks which attributes of ports this Xen knows.  The bits of
 * attrs are 1 << XEN_DMOP_IO_RANGE_*.  A Xen without xen-patch answers
 * EOPNOTSUPP. */
#define XEN_DMOP_query_port_attrs 21
#define XEN_DMOP_PORT_ATTRS_QUERY 0x3f545250 /* "PRT?" */
#define XEN_DMOP_PORT_ATTRS_REPLY 0x21545250 /* "PRT!" */
struct xen_dm_op_query_port_attrs {
    uint32_t signature; /* IN: ..._QUERY, OUT: ..._REPLY */
    uint32_t attrs;     /* IN: 0 */
};

/* xen/hvm/dm_op.h: types of I/O ranges, each of which is an attribute of the
 * ports in it. */
#define XEN_DMOP_IO_RANGE_POSTED 3
#define XEN_DMOP_IO_RANGE_SHADOW 4

/* xen/memory.h: the page of shadow registers. */
#define XENMEM_resource_ioreq_server_shadow 3

/* xen/hvm/ioreq.h: that page has IOREQ_SHADOW_NUM entries of 16 bits.  A read
 * of one byte from port P is answered with the low byte of entry
 * P % IOREQ_SHADOW_NUM if IOREQ_SHADOW_VALID is set in that entry. */
#define IOREQ_SHADOW_NUM   2048
#define IOREQ_SHADOW_VALID 0x0100

#endif
