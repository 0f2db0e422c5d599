/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen_extensions.h - what the hypervisor patches of xen-patch/ add to Xen's
 * public headers; a Xen without them answers EINVAL or EOPNOTSUPP
 */
#ifndef MEDIATOR_XEN_EXTENSIONS_H
#define MEDIATOR_XEN_EXTENSIONS_H

/* xen/hvm/dm_op.h: types of ranges that are attributes of ports. */
#define XEN_DMOP_IO_RANGE_POSTED 3
#define XEN_DMOP_IO_RANGE_SHADOW 4

/* xen/memory.h */
#define XENMEM_resource_ioreq_server_shadow 3

/* xen/hvm/ioreq.h: what a read of one byte from port P gives is the low byte
 * of entry P % IOREQ_SHADOW_NUM, if IOREQ_SHADOW_VALID is set in it. */
#define IOREQ_SHADOW_NUM   2048
#define IOREQ_SHADOW_VALID 0x0100

#endif
