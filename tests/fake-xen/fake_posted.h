/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_posted.h - what Xen does for a vCPU without having it wait: it puts
 * writes into an ioreq server's buffered ring, and reads registers from its
 * shadow page
 *
 * As in xen/common/ioreq.c with xen-patch's hypervisor part.  On a Xen without
 * that part no server has such ports, and all that comes through a ring are a
 * guest's changes of its clock.
 */
#ifndef FAKE_POSTED_H
#define FAKE_POSTED_H

#include "fake-xen/fake_guest.h"

/* False: the vCPU has to wait for the server.  The caller dispatches. */
bool fake_post(struct fake_guest *guest, int server,
               const struct fake_request *request);
bool fake_read_shadow(struct fake_guest *guest, int server,
                      const struct fake_request *request, uint64_t *data);

/* The guest sets its clock: IOREQ_TYPE_TIMEOFFSET to every server with a
 * ring.  How many had no room, and will not know. */
unsigned int fake_time_offset(struct fake_guest *guest, uint64_t offset);

/* Entries that the server has not consumed. */
uint32_t fake_posted_entries(struct fake_guest *guest, int server);

#endif
