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

/* A page of slots: HVM guests have no more vCPUs either. */
#define IOREQ_SERVER_VCPUS_MAX (4096 / sizeof(struct ioreq))

struct ioreq_server {
    xendevicemodel_handle *devicemodel;
    xenforeignmemory_handle *foreign;
    xenevtchn_handle *evtchn;
    struct port_attributes attributes;
    xenforeignmemory_resource_handle *resource, *buffered, *shadow_resource;
    volatile struct ioreq *slots; /* one a vCPU, shared with Xen */
    /* What this Xen can do besides; empty where it cannot. */
    struct posted_writes posted;
    bool is_posting;
    struct shadow_registers shadow;
    evtchn_port_t ports[IOREQ_SERVER_VCPUS_MAX];
    evtchn_port_t posted_port;
    bool is_posted_silent; /* its event came and was not unmasked since */
    unsigned int vcpus;
    uint32_t domid;
    ioservid_t id;
};

/* In the order in which they are called.  Each logs its error. */

/* Opens the handles; nothing is asked of Xen yet. */
int ioreq_server_open(struct ioreq_server *server, uint32_t domid);
/* From here on the handles work for that domain only. */
int ioreq_server_restrict(struct ioreq_server *server);
/* can_post: ioreq_server_extend() will be called. */
int ioreq_server_create(struct ioreq_server *server, bool can_post);
/* Maps the slots of server->id. */
int ioreq_server_map(struct ioreq_server *server);
/* The guest's ports first..last come here, from now on. */
int ioreq_server_enable(struct ioreq_server *server, uint16_t first,
                        uint16_t last);
/* Asks Xen to post writes to `first`, and to read registers from there on by
 * their shadow.  It is no error that it cannot. */
void ioreq_server_extend(struct ioreq_server *server, uint16_t first);
/* Each vCPU's event channel, and that of posted writes. */
int ioreq_server_bind(struct ioreq_server *server);

/* Xen sends no new requests: answer those that are there, then destroy. */
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
/* Is one there that somebody took and did not answer? */
bool ioreq_server_is_in_process(const struct ioreq_server *server,
                                unsigned int vcpu);
/* Takes the request: a copy, made once, which nobody can change any more. */
void ioreq_server_take(struct ioreq_server *server, unsigned int vcpu,
                       struct port_request *request);
/* Copies again what was taken by a predecessor. */
void ioreq_server_copy(struct ioreq_server *server, unsigned int vcpu,
                       struct port_request *request);
void ioreq_server_respond(struct ioreq_server *server, unsigned int vcpu,
                          uint64_t value);
void ioreq_server_notify(struct ioreq_server *server, unsigned int vcpu);

/* The descriptor to poll, and what to do when it is readable: events say
 * only "look again".  False: there is none.  After one for posted writes there
 * are no more of these until they are asked for again; one that was left out
 * comes then. */
int ioreq_server_fd(const struct ioreq_server *server);
bool ioreq_server_accept_event(struct ioreq_server *server);
void ioreq_server_hear_posted(struct ioreq_server *server);

/* ISA interrupt line of the guest: a level. */
void ioreq_server_set_irq(struct ioreq_server *server, uint8_t irq,
                          bool level);

#endif
