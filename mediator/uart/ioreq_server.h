/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioreq_server.h - Xen's side: an ioreq server for one domain's I/O ports
 *
 * The server belongs to the domain and not to this process: when the process
 * dies, vCPUs with a request wait, and a successor that knows the server's id
 * serves them on.
 */
#ifndef MEDIATOR_IOREQ_SERVER_H
#define MEDIATOR_IOREQ_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <xendevicemodel.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xen/hvm/ioreq.h>

#include "uart/port_attributes.h"
#include "uart/port_request.h"
#include "uart/posted_writes.h"
#include "uart/shadow_registers.h"

/* As many slots as a page holds; no HVM guest has more vCPUs. */
#define IOREQ_SERVER_VCPUS_MAX (4096 / sizeof(struct ioreq))

struct ioreq_server {
    xendevicemodel_handle *devicemodel;
    xenforeignmemory_handle *foreign;
    xenevtchn_handle *evtchn;
    struct port_attributes attributes;
    xenforeignmemory_resource_handle *resource, *buffered, *shadow_resource;
    volatile struct ioreq *slots; /* one for each vCPU, shared with Xen */
    evtchn_port_t ports[IOREQ_SERVER_VCPUS_MAX]; /* the vCPUs' channels */
    /* What only a Xen with xen-patch's hypervisor part does; without pages, or
     * false, where this Xen does not. */
    struct posted_writes posted;
    bool is_posting;
    struct shadow_registers shadow;
    evtchn_port_t posted_port; /* the channel of posted writes */
    bool is_posted_silent;     /* its event came and is masked until it is
                                * asked for again */
    unsigned int vcpus;
    uint32_t domid;
    ioservid_t id;
};

/* The functions that set up a server stand in the order in which they are
 * called.  Each returns 0, or -1 with a message logged. */

/* Opens the handles; nothing is asked of Xen yet. */
int ioreq_server_open(struct ioreq_server *server, uint32_t domid);
/* From here on the handles work for that domain only. */
int ioreq_server_restrict(struct ioreq_server *server);
/* Creates a server and sets server->id.  can_post: ioreq_server_extend() will
 * be called, so the server gets a ring for posted writes. */
int ioreq_server_create(struct ioreq_server *server, bool can_post);
/* Maps the slots of server->id. */
int ioreq_server_map(struct ioreq_server *server);
/* The guest's ports first..last come here, from now on. */
int ioreq_server_enable(struct ioreq_server *server, uint16_t first,
                        uint16_t last);
/* Asks Xen to post writes to `first`, and to read registers from there on by
 * their shadow.  It is no error that it cannot. */
void ioreq_server_extend(struct ioreq_server *server, uint16_t first);
/* Binds each vCPU's event channel, and that of posted writes. */
int ioreq_server_bind(struct ioreq_server *server);

/* From here on Xen sends no new requests: answer those that are there, then
 * destroy the server. */
int ioreq_server_disable(struct ioreq_server *server);
int ioreq_server_destroy(struct ioreq_server *server);

/* Idempotent; leaves the server in Xen as it is. */
void ioreq_server_close(struct ioreq_server *server);

/*
 * The protocol of a slot: READY (Xen) -> INPROCESS -> IORESP_READY (us), then
 * the event.  Any other order crashes the domain.
 */

/* Is there a request in this slot? */
bool ioreq_server_is_ready(const struct ioreq_server *server,
                           unsigned int vcpu);
/* Is a request there that this process or a predecessor has taken and not
 * answered? */
bool ioreq_server_is_in_process(const struct ioreq_server *server,
                                unsigned int vcpu);
/* Takes the request: makes the one copy of it that is checked and used, and
 * which nobody else can change. */
void ioreq_server_take(struct ioreq_server *server, unsigned int vcpu,
                       struct port_request *request);
/* Copies a request that a predecessor has taken. */
void ioreq_server_copy(struct ioreq_server *server, unsigned int vcpu,
                       struct port_request *request);
/* Gives the answer; value is what a read reads. */
void ioreq_server_respond(struct ioreq_server *server, unsigned int vcpu,
                          uint64_t value);
/* Sends the event that makes the vCPU look at its answer. */
void ioreq_server_notify(struct ioreq_server *server, unsigned int vcpu);

/* The descriptor that is readable while there are events. */
int ioreq_server_fd(const struct ioreq_server *server);
/* Accepts one event, which says only "look again".  False: there is none.
 * Once an event for posted writes was accepted, Xen sends no more of them
 * until ioreq_server_hear_posted(). */
bool ioreq_server_accept_event(struct ioreq_server *server);
/* Lets events for posted writes come again; one that would have come
 * meanwhile comes now. */
void ioreq_server_hear_posted(struct ioreq_server *server);

/* Sets the level of one of the guest's ISA interrupt lines. */
void ioreq_server_set_irq(struct ioreq_server *server, uint8_t irq,
                          bool level);

#endif
