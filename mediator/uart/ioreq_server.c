/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioreq_server.c - creates, maps and binds an ioreq server, and keeps to the
 * protocol of its slots
 */
#define __XEN_TOOLS__ 1 /* xen/hvm/dm_op.h: HVM_IOREQSRV_* */
#include "uart/ioreq_server.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
#include <xentoolcore.h>
#include <xen/hvm/dm_op.h>
#include <xen/memory.h>

#include "shared/log.h"
#include "shared/uart_mode.h"
#include "uart/fault_point.h"
#include "uart/xen_extensions.h"

int ioreq_server_open(struct ioreq_server *server, uint32_t domid)
{
    *server = (struct ioreq_server){
        .domid = domid,
        .attributes = PORT_ATTRIBUTES_CLOSED,
    };

    server->devicemodel = xendevicemodel_open(NULL, 0);
    server->foreign = xenforeignmemory_open(NULL, 0);
    server->evtchn = xenevtchn_open(NULL, 0);
    if (!server->devicemodel || !server->foreign || !server->evtchn)
        return log_errno("cannot open Xen's interfaces (/dev/xen/privcmd, "
                         "/dev/xen/evtchn); is this a dom0, with the "
                         "modules xen-privcmd and xen-evtchn loaded?");
    /* Every Linux that knows PRIVCMD_RESTRICT keeps to it, whatever
     * xenevtchn.h says of older ones. */
    if (fcntl(xenevtchn_fd(server->evtchn), F_SETFL, O_NONBLOCK))
        return log_errno("cannot set up /dev/xen/evtchn");
    return port_attributes_open(&server->attributes, domid);
}

int ioreq_server_restrict(struct ioreq_server *server)
{
    if (xentoolcore_restrict_all(server->domid))
        return log_errno("cannot restrict this process to domain %u; dom0's "
                         "kernel must know PRIVCMD_RESTRICT (Linux 4.14)",
                         server->domid);
    return port_attributes_restrict(&server->attributes);
}

int ioreq_server_create(struct ioreq_server *server, bool can_post)
{
    /* ATOMIC lets both sides move the pointers of the buffered ring without a
     * lock. */
    if (xendevicemodel_create_ioreq_server(server->devicemodel, server->domid,
                                           can_post
                                               ? HVM_IOREQSRV_BUFIOREQ_ATOMIC
                                               : HVM_IOREQSRV_BUFIOREQ_OFF,
                                           &server->id))
        return log_errno("cannot create an ioreq server for domain %u; is "
                         "it an HVM guest?", server->domid);
    return 0;
}

int ioreq_server_map(struct ioreq_server *server)
{
    void *page = NULL;

    server->resource = xenforeignmemory_map_resource(
        server->foreign, server->domid, XENMEM_resource_ioreq_server,
        server->id, XENMEM_resource_ioreq_server_frame_ioreq(0), 1, &page,
        PROT_READ | PROT_WRITE, 0);
    if (!server->resource)
        return log_errno("cannot map the requests of domain %u's ioreq "
                         "server %u; Xen must be 4.11 or newer",
                         server->domid, server->id);
    server->slots = page;
    return 0;
}

/* Returns NULL where this server, or this Xen, has no such page. */
static void *map_page(struct ioreq_server *server, unsigned int type,
                      unsigned int frame,
                      xenforeignmemory_resource_handle **resource)
{
    void *page = NULL;

    *resource = xenforeignmemory_map_resource(
        server->foreign, server->domid, type, server->id, frame, 1, &page,
        PROT_READ | PROT_WRITE, 0);
    return *resource ? page : NULL;
}

/* The pages are mapped before the attribute is set: from then on Xen uses
 * them, and nothing of that may go unseen.  Xen refuses it the other way
 * round, too, and for ports that ioreq_server_enable() has not claimed. */
void ioreq_server_extend(struct ioreq_server *server, uint16_t first)
{
    uint32_t known = port_attributes_query(&server->attributes);
    void *ring = map_page(server, XENMEM_resource_ioreq_server,
                          XENMEM_resource_ioreq_server_frame_bufioreq,
                          &server->buffered);
    void *shadow = NULL;

    /* The ring is mapped on a Xen without the patches, too: any Xen puts a
     * guest's changes of its clock there, and they must be consumed. */
    server->posted = (struct posted_writes){ ring, first };
    server->is_posting =
        ring && known & 1u << XEN_DMOP_IO_RANGE_POSTED &&
        !port_attributes_add(&server->attributes, server->id,
                             XEN_DMOP_IO_RANGE_POSTED, first, first);
    if (known & 1u << XEN_DMOP_IO_RANGE_SHADOW)
        shadow = map_page(server, XENMEM_resource_ioreq_server_shadow, 0,
                          &server->shadow_resource);
    if (shadow && !port_attributes_add(&server->attributes, server->id,
                                       XEN_DMOP_IO_RANGE_SHADOW, first,
                                       first + UART_REGS - 1))
        server->shadow = (struct shadow_registers){ shadow, first };
}

int ioreq_server_enable(struct ioreq_server *server, uint16_t first,
                        uint16_t last)
{
    /* EEXIST says that a predecessor did it. */
    if (xendevicemodel_map_io_range_to_ioreq_server(
            server->devicemodel, server->domid, server->id, 0, first, last) &&
        errno != EEXIST)
        return log_errno("cannot claim ports %x-%x of domain %u", first,
                         last, server->domid);
    if (xendevicemodel_set_ioreq_server_state(server->devicemodel,
                                              server->domid, server->id, 1))
        return log_errno("cannot enable domain %u's ioreq server %u",
                         server->domid, server->id);
    return 0;
}

/* A predecessor that was killed may hold its event channels for a moment
 * longer than its locks: its descriptors are closed one after the other. */
static int bind_port(struct ioreq_server *server, evtchn_port_t remote)
{
    struct timespec pause = { .tv_nsec = 1000000 };
    unsigned int attempts = 1000;
    int port;

    for (;;) {
        port = xenevtchn_bind_interdomain(server->evtchn, server->domid,
                                          remote);
        if (port >= 0 || --attempts == 0)
            return port;
        nanosleep(&pause, NULL);
    }
}

static int bind_posted(struct ioreq_server *server)
{
    evtchn_port_t remote;
    int port = -1;

    /* The frames' numbers are not asked for: that would make Xen put the pages
     * at such frames, which is the old way of mapping them. */
    if (xendevicemodel_get_ioreq_server_info(server->devicemodel,
                                             server->domid, server->id, NULL,
                                             NULL, &remote) ||
        (port = bind_port(server, remote)) < 0)
        return log_errno("cannot bind the event channel of domain %u's "
                         "posted writes", server->domid);
    server->posted_port = port;
    return 0;
}

int ioreq_server_bind(struct ioreq_server *server)
{
    unsigned int vcpus, vcpu;

    if (xendevicemodel_nr_vcpus(server->devicemodel, server->domid, &vcpus))
        return log_errno("cannot ask how many vCPUs domain %u has",
                         server->domid);
    if (vcpus > IOREQ_SERVER_VCPUS_MAX)
        return log_error("domain %u has %u vCPUs, at most %zu can be served",
                         server->domid, vcpus, IOREQ_SERVER_VCPUS_MAX);
    for (vcpu = 0; vcpu < vcpus; vcpu++) {
        int port = bind_port(server, server->slots[vcpu].vp_eport);

        if (port < 0)
            return log_errno("cannot bind the event channel of domain %u's "
                             "vCPU %u", server->domid, vcpu);
        server->ports[vcpu] = port;
        server->vcpus = vcpu + 1;
    }
    return server->posted.page ? bind_posted(server) : 0;
}

int ioreq_server_disable(struct ioreq_server *server)
{
    if (xendevicemodel_set_ioreq_server_state(server->devicemodel,
                                              server->domid, server->id, 0))
        return log_errno("cannot disable domain %u's ioreq server %u",
                         server->domid, server->id);
    return 0;
}

int ioreq_server_destroy(struct ioreq_server *server)
{
    if (xendevicemodel_destroy_ioreq_server(server->devicemodel,
                                            server->domid, server->id))
        return log_errno("cannot destroy domain %u's ioreq server %u",
                         server->domid, server->id);
    return 0;
}

static void unmap(struct ioreq_server *server,
                  xenforeignmemory_resource_handle *resource)
{
    if (resource)
        xenforeignmemory_unmap_resource(server->foreign, resource);
}

void ioreq_server_close(struct ioreq_server *server)
{
    unmap(server, server->shadow_resource);
    unmap(server, server->buffered);
    unmap(server, server->resource);
    port_attributes_close(&server->attributes);
    if (server->evtchn)
        xenevtchn_close(server->evtchn);
    if (server->foreign)
        xenforeignmemory_close(server->foreign);
    if (server->devicemodel)
        xendevicemodel_close(server->devicemodel);
    *server = (struct ioreq_server){
        .domid = server->domid,
        .attributes = PORT_ATTRIBUTES_CLOSED,
    };
}

/* state shares its byte with other fields, so it is read and written as the
 * bit-field that it is.  While a slot is in process nobody else writes that
 * byte. */
static uint8_t slot_state(const struct ioreq_server *server, unsigned int vcpu)
{
    return server->slots[vcpu].state;
}

bool ioreq_server_is_ready(const struct ioreq_server *server,
                           unsigned int vcpu)
{
    return slot_state(server, vcpu) == STATE_IOREQ_READY;
}

bool ioreq_server_is_in_process(const struct ioreq_server *server,
                                unsigned int vcpu)
{
    return slot_state(server, vcpu) == STATE_IOREQ_INPROCESS;
}

void ioreq_server_copy(struct ioreq_server *server, unsigned int vcpu,
                       struct port_request *request)
{
    volatile struct ioreq *slot = &server->slots[vcpu];

    *request = (struct port_request){
        .addr = slot->addr,
        .data = slot->data,
        .count = slot->count,
        .size = slot->size,
        .vcpu = vcpu,
        .type = slot->type,
        .is_read = slot->dir == IOREQ_READ,
        .data_is_ptr = slot->data_is_ptr,
        .df = slot->df,
    };
}

void ioreq_server_take(struct ioreq_server *server, unsigned int vcpu,
                       struct port_request *request)
{
    /* READY was seen: the rest of the slot is read after it. */
    atomic_thread_fence(memory_order_acquire);
    ioreq_server_copy(server, vcpu, request);
    server->slots[vcpu].state = STATE_IOREQ_INPROCESS;
    fault_point(FAULT_TAKEN);
}

void ioreq_server_respond(struct ioreq_server *server, unsigned int vcpu,
                          uint64_t value)
{
    server->slots[vcpu].data = value;
    atomic_thread_fence(memory_order_release);
    server->slots[vcpu].state = STATE_IORESP_READY;
    fault_point(FAULT_RESPONDED);
}

void ioreq_server_notify(struct ioreq_server *server, unsigned int vcpu)
{
    xenevtchn_notify(server->evtchn, server->ports[vcpu]);
    fault_point(FAULT_NOTIFIED);
}

int ioreq_server_fd(const struct ioreq_server *server)
{
    return xenevtchn_fd(server->evtchn);
}

bool ioreq_server_accept_event(struct ioreq_server *server)
{
    int port = xenevtchn_pending(server->evtchn);

    if (port < 0)
        return false;
    if (server->posted.page && (evtchn_port_t)port == server->posted_port)
        server->is_posted_silent = true;
    else
        xenevtchn_unmask(server->evtchn, port);
    return true;
}

void ioreq_server_hear_posted(struct ioreq_server *server)
{
    if (server->is_posted_silent)
        xenevtchn_unmask(server->evtchn, server->posted_port);
    server->is_posted_silent = false;
}

void ioreq_server_set_irq(struct ioreq_server *server, uint8_t irq, bool level)
{
    /* Fails when the domain is dying: nobody is left to interrupt. */
    xendevicemodel_set_isa_irq_level(server->devicemodel, server->domid, irq,
                                     level);
    fault_point(FAULT_LINE_SET);
}
