/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen_extensions.h - what the hypervisor patches of xen-patch/ add to Xen's
 * public headers
 *
 * A Xen without them answers EINVAL or EOPNOTSUPP.
 */
#ifndef MEDIATOR_XEN_EXTENSIONS_H
#define MEDIATOR_XEN_EXTENSIONS_H

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
