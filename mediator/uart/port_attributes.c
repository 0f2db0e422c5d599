/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_attributes.c - the hypercalls by which attributes are asked for and
 * added, made through /dev/xen/privcmd
 */
#define __XEN_TOOLS__ 1 /* xen/hvm/dm_op.h */
#include "uart/port_attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xen/sys/privcmd.h>

#include "shared/log.h"
#include "uart/xen_extensions.h"

int port_attributes_open(struct port_attributes *attributes, uint32_t domid)
{
    *attributes = (struct port_attributes){
        .fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC),
        .domid = domid,
    };
    if (attributes->fd < 0)
        return log_errno("cannot open /dev/xen/privcmd; is this a dom0, with "
                         "the module xen-privcmd loaded?");
    return 0;
}

int port_attributes_restrict(struct port_attributes *attributes)
{
    domid_t domid = attributes->domid;

    if (ioctl(attributes->fd, IOCTL_PRIVCMD_RESTRICT, &domid))
        return log_errno("cannot restrict /dev/xen/privcmd to domain %u",
                         attributes->domid);
    return 0;
}

/* Xen writes what it answers to *op. */
static int device_model_call(struct port_attributes *attributes,
                             struct xen_dm_op *op)
{
    privcmd_dm_op_buf_t buffer = { .uptr = op, .size = sizeof(*op) };
    privcmd_dm_op_t call = {
        .dom = attributes->domid,
        .num = 1,
        .ubufs = &buffer,
    };

    return ioctl(attributes->fd, IOCTL_PRIVCMD_DM_OP, &call);
}

uint32_t port_attributes_query(struct port_attributes *attributes)
{
    struct xen_dm_op op = { .op = XEN_DMOP_query_port_attrs };
    struct xen_dm_op_query_port_attrs query = {
        .signature = XEN_DMOP_PORT_ATTRS_QUERY,
    };

    /* The union of Debian's header has no such member. */
    _Static_assert(sizeof(query) <= sizeof(op.u), "the query fits");
    memcpy(&op.u, &query, sizeof(query));
    if (device_model_call(attributes, &op))
        return 0;
    memcpy(&query, &op.u, sizeof(query));
    return query.signature == XEN_DMOP_PORT_ATTRS_REPLY ? query.attrs : 0;
}

int port_attributes_add(struct port_attributes *attributes, ioservid_t server,
                        uint32_t type, uint16_t first, uint16_t last)
{
    struct xen_dm_op op = {
        .op = XEN_DMOP_map_io_range_to_ioreq_server,
        .u.map_io_range_to_ioreq_server = {
            .id = server,
            .type = type,
            .start = first,
            .end = last,
        },
    };

    return device_model_call(attributes, &op) && errno != EEXIST ? -1 : 0;
}

void port_attributes_close(struct port_attributes *attributes)
{
    if (attributes->fd >= 0)
        close(attributes->fd);
    attributes->fd = -1;
}
