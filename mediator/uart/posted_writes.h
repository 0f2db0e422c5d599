/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posted_writes.h - the buffered ioreq ring: writes to one port that a guest
 * made without waiting, in order
 *
 * Xen is the only producer and this process the only consumer.  Entry n
 * stands at buf_ioreq[n % 511]; both pointers count entries, and Xen takes
 * multiples of 511 from both when they grow, so a position is told modulo
 * 511.  read_pointer moves only after the journal has committed what was
 * consumed; a successor finds in the state how far that was, and moves the
 * pointer there (posted_writes_settle()).
 *
 * Xen sends an event only for a write into an empty ring: look at the ring
 * again before sleeping.
 *
 * Source: xen/hvm/ioreq.h, and XEN_DMOP_IO_RANGE_POSTED in xen-patch's
 * dm_op.h.
 */
#ifndef MEDIATOR_POSTED_WRITES_H
#define MEDIATOR_POSTED_WRITES_H

#include <stdbool.h>
#include <stdint.h>

/* Less than the ring holds: a full round would look like none modulo 511. */
#define POSTED_WRITES_MAX 510u

/* A state that does not know: go on where the ring is. */
#define POSTED_WRITES_NO_POSITION UINT16_MAX

struct buffered_iopage;

struct posted_writes {
    volatile struct buffered_iopage *page; /* shared with Xen; NULL: none */
    uint16_t port; /* the one whose writes are posted */
};

/* How many entries the ring holds.  What a vCPU posted before it made a
 * request is seen by whoever has seen that request. */
unsigned int posted_writes_count(const struct posted_writes *posted);

/* Copies the bytes of the next entries, at most POSTED_WRITES_MAX, and sets
 * *entries to how many entries that is, which may be more than bytes: others
 * (IOREQ_TYPE_TIMEOFFSET goes to every server) are left out.  Returns the
 * number of bytes. */
unsigned int posted_writes_copy(const struct posted_writes *posted,
                                uint8_t bytes[POSTED_WRITES_MAX],
                                unsigned int *entries);

/* The position behind the next `entries` ones, modulo 511: for the state. */
uint16_t posted_writes_position(const struct posted_writes *posted,
                                unsigned int entries);

/* They are consumed. */
void posted_writes_advance(struct posted_writes *posted,
                           unsigned int entries);

/* The predecessor had consumed all before `position`. */
void posted_writes_settle(struct posted_writes *posted, uint16_t position);

#endif
