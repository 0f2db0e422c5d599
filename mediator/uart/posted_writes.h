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

/* The most entries that are consumed at once.  It is less than the ring holds,
 * since modulo 511 a full round would look like none. */
#define POSTED_WRITES_MAX 510u

/* The position in a state that knows none: go on where the ring is. */
#define POSTED_WRITES_NO_POSITION UINT16_MAX

struct buffered_iopage;

struct posted_writes {
    volatile struct buffered_iopage *page; /* shared with Xen; NULL: none */
    uint16_t port; /* the guest's, whose writes are posted */
};

/* How many entries the ring holds.  Whoever has seen a vCPU's request sees
 * here what that vCPU posted before it. */
unsigned int posted_writes_count(const struct posted_writes *posted);

/* Copies the bytes of the next entries, at most POSTED_WRITES_MAX, and returns
 * how many bytes that is.  *entries is how many entries they stand in, which
 * may be more: entries of other kinds are left out (Xen puts
 * IOREQ_TYPE_TIMEOFFSET into every server's ring). */
unsigned int posted_writes_copy(const struct posted_writes *posted,
                                uint8_t bytes[POSTED_WRITES_MAX],
                                unsigned int *entries);

/* The position behind the next `entries` entries, modulo 511, to be kept in
 * the state. */
uint16_t posted_writes_position(const struct posted_writes *posted,
                                unsigned int entries);

/* Moves read_pointer: the next `entries` entries are consumed, and the state
 * that says so is committed. */
void posted_writes_advance(struct posted_writes *posted,
                           unsigned int entries);

/* Moves read_pointer to where the predecessor was: `position`, from its state,
 * is behind the last entry that it consumed. */
void posted_writes_settle(struct posted_writes *posted, uint16_t position);

#endif
