/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_posted.h - what Xen does for a vCPU that need not wait: puts its writes
 * into an ioreq server's buffered ring, and reads registers from its shadow
 * page
 *
 * It is as in xen/common/ioreq.c with xen-patch's hypervisor part.  On a Xen
 * without that part no server has such ports, and all that comes through a
 * ring are a guest's changes of its clock.
 */
#ifndef FAKE_POSTED_H
#define FAKE_POSTED_H

#include "fake-xen/fake_guest.h"

/* False: the vCPU has to wait for the server.  The caller is dispatching
 * (fake_guest_enter_dispatch()). */
bool fake_post(struct fake_guest *guest, int server,
               const struct fake_request *request);
bool fake_read_shadow(struct fake_guest *guest, int server,
                      const struct fake_request *request, uint64_t *data);

/* The guest sets its clock: IOREQ_TYPE_TIMEOFFSET goes to every server with a
 * ring.  Returns how many rings had no room, whose servers will not know. */
unsigned int fake_time_offset(struct fake_guest *guest, uint64_t offset);

/* How many entries the server has not consumed. */
uint32_t fake_posted_entries(struct fake_guest *guest, int server);

#endif
