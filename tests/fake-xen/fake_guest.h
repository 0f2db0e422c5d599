/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_guest.h - a guest's vCPUs, and Xen's part in their port accesses
 *
 * Threads and processes may each be a vCPU of the same guest.  A request is
 * READY, the event is sent, and the vCPU waits until the answer has come, as
 * in wait_for_io() of xen/common/ioreq.c.  What a vCPU need not wait for is in
 * fake_posted.h.
 */
#ifndef FAKE_GUEST_H
#define FAKE_GUEST_H

#include "fake-xen/fake_xen.h"

/* Nothing is expected to take so long: it ends a test that would hang. */
#define FAKE_GUEST_TIMEOUT_MS 30000

enum fake_guest_result {
    FAKE_GUEST_OK,
    FAKE_GUEST_TIMEOUT,
    FAKE_GUEST_CRASHED,
};

struct fake_guest {
    struct fake_xen *xen;
    struct fake_domain *domain;
    uint32_t index; /* its place in the hypervisor's table */
    uint8_t *pages; /* the file "ioreq" */
    uint8_t *memory; /* from guest physical address 0 on */
    _Atomic int fifos[FAKE_HANDLES_MAX];
    /* The server for whose answer each vCPU waits; -1: it has its answer,
     * which stands in answers[]. */
    int waits_for[FAKE_VCPUS_MAX];
    uint64_t answers[FAKE_VCPUS_MAX];
};

struct fake_request {
    uint64_t addr, data;
    uint32_t count, size;
    uint8_t type;
    bool is_read, data_is_ptr, df;
};

/* 0, or -1 when there is no such domain. */
int fake_guest_attach(struct fake_guest *guest, uint32_t domid);
void fake_guest_detach(struct fake_guest *guest);

/* An access to a port, as a processor makes it: it is dispatched to the server
 * with the highest id that has a range with all of it.  Without one it reads
 * all ones. */
enum fake_guest_result fake_guest_access(struct fake_guest *guest,
                                         unsigned int vcpu,
                                         const struct fake_request *request,
                                         uint64_t *data);

/* The two halves of that.  server: -1 is the one that has the ports; any other
 * gets the request, whatever it is. */
void fake_guest_start(struct fake_guest *guest, unsigned int vcpu, int server,
                      const struct fake_request *request);
enum fake_guest_result fake_guest_finish(struct fake_guest *guest,
                                         unsigned int vcpu, int timeout_ms,
                                         uint64_t *data);

/* The state of the slot for whose answer the vCPU waits. */
uint8_t fake_guest_state(struct fake_guest *guest, unsigned int vcpu);

/* Shorthands.  Reads are all ones when the guest has died. */
enum fake_guest_result fake_out(struct fake_guest *guest, unsigned int vcpu,
                                uint16_t port, unsigned int size,
                                uint32_t value);
uint32_t fake_in(struct fake_guest *guest, unsigned int vcpu, uint16_t port,
                 unsigned int size);
enum fake_guest_result fake_rep(struct fake_guest *guest, unsigned int vcpu,
                                bool is_read, uint16_t port,
                                unsigned int size, uint64_t address,
                                uint32_t count, bool df);

/* What Xen sends when the guest's memory map has changed. */
enum fake_guest_result fake_invalidate(struct fake_guest *guest,
                                       unsigned int vcpu);

/* For fake_guest.c and fake_posted.c: while a vCPU is between these two,
 * servers do not come, go or change. */
void fake_guest_enter_dispatch(struct fake_domain *domain);
void fake_guest_leave_dispatch(struct fake_domain *domain);
/* Like notify_via_xen_event_channel().  channel: a vCPU, or
 * FAKE_CHANNEL_BUFFERED. */
void fake_guest_notify(struct fake_guest *guest, int server,
                       unsigned int channel);
/* Does one of the ranges have all of the request's ports? */
bool fake_ranges_contain(const struct fake_ranges *ranges,
                         const struct fake_request *request);

/* Waits until the interrupt line has moved `count` times in all. */
bool fake_guest_wait_irq(struct fake_guest *guest, uint32_t count);

#endif
