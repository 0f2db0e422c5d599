/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_port_attributes.c - instead of mediator/uart/port_attributes.c: the
 * same functions, which call the fake hypervisor
 */
#include "uart/port_attributes.h"

#include <errno.h>

#include "fake-xen/fake_client.h"
#include "shared/log.h"
#include "uart/xen_extensions.h"

/* The one such connection that a process has. */
static struct fake_connection privcmd = { .fd = -1 };

int port_attributes_open(struct port_attributes *attributes, uint32_t domid)
{
    *attributes = PORT_ATTRIBUTES_CLOSED;
    attributes->domid = domid;
    if (privcmd.fd >= 0)
        return log_error("the fake Xen has one privcmd a process");
    if (fake_connect(&privcmd, FAKE_KIND_PRIVCMD, 0))
        return log_errno("cannot open the fake Xen's privcmd");
    attributes->fd = privcmd.fd;
    return 0;
}

int port_attributes_restrict(struct port_attributes *attributes)
{
    if (fake_restrict(&privcmd, attributes->domid))
        return log_errno("cannot restrict the fake Xen's privcmd");
    return 0;
}

uint32_t port_attributes_query(struct port_attributes *attributes)
{
    struct fake_call call = {
        .operation = FAKE_QUERY_ATTRIBUTES,
        .domid = attributes->domid,
        .values = { XEN_DMOP_PORT_ATTRS_QUERY, 0 },
    };

    if (fake_call(&privcmd, &call, NULL) ||
        call.values[0] != XEN_DMOP_PORT_ATTRS_REPLY)
        return 0;
    return call.values[1];
}

int port_attributes_add(struct port_attributes *attributes, ioservid_t server,
                        uint32_t type, uint16_t first, uint16_t last)
{
    struct fake_call call = {
        .operation = FAKE_MAP_RANGE,
        .domid = attributes->domid,
        .values = { server, first, last, type },
    };

    return fake_call(&privcmd, &call, NULL) && errno != EEXIST ? -1 : 0;
}

void port_attributes_close(struct port_attributes *attributes)
{
    if (attributes->fd >= 0) {
        fake_disconnect(&privcmd);
        privcmd.fd = -1;
    }
    attributes->fd = -1;
}
