/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * in_ring.h - what clients typed, on its way to the guest
 *
 * One writer (the net role), one reader (the uart role, which believes no
 * index it finds here).  The reader's own index, in_tail, stands in the out
 * ring's header: each mapping has exactly one writing process.  Offsets are
 * absolute, as in the out ring.
 */
#ifndef MEDIATOR_IN_RING_H
#define MEDIATOR_IN_RING_H

#include <stdatomic.h>

#include "shared/shared_file.h"

#define IN_RING_BYTES 16384u

struct in_ring_header {
    struct shared_file_header file;

    /* Bytes before head may be read.  Stored with release after the bytes. */
    _Alignas(64) _Atomic uint64_t head;

    /* wake.h: not 0 while the net role sleeps and no timer will make it look
     * at this console's out ring soon. */
    _Alignas(64) _Atomic uint32_t net_sleeps;
    /* Not 0 while a client's bytes wait in the net role for room here. */
    _Atomic uint32_t wants_room;

    /* For mediatorctl status. */
    _Alignas(64) _Atomic uint32_t clients;
    _Atomic uint64_t missed; /* bytes, the sum over all clients so far */

    /* The out ring's byte that the pty's reader gets next: where a successor
     * of the net role goes on. */
    _Atomic uint64_t pty_cursor;
};

struct in_ring {
    struct shared_file file;
    struct in_ring_header *header;
};

#define IN_RING_CLOSED ((struct in_ring){ .file = { .fd = -1 } })

extern const struct shared_file_kind in_ring_kind;

int in_ring_create(const char *path);

/* The writer gets a descriptor and takes it over; the reader opens the path
 * (read-only). */
int in_ring_open_writer(struct in_ring *ring, int fd);
int in_ring_open_reader(struct in_ring *ring, const char *path);
/* For a reader who has nothing else: the writer spoiled what says that this
 * is an in ring.  It cannot have changed how long the file is. */
int in_ring_open_spoiled(struct in_ring *ring, const char *path);
void in_ring_close(struct in_ring *ring);

/* Appends up to `bytes` bytes, as many as fit behind the reader's in_tail,
 * and returns how many.  An in_tail that makes no sense counts as full. */
size_t in_ring_write(struct in_ring *ring, uint64_t in_tail,
                     const void *buffer, size_t bytes);

/* The writer wants to be woken when there is room.  Look at in_tail once
 * more after it and before sleeping. */
void in_ring_ask_for_room(struct in_ring *ring, bool is_wanted);

/* Where a reader may begin who wants nothing of what is there.  It need not be
 * true: whatever the writer says, only input can be lost by it. */
uint64_t in_ring_head(const struct in_ring *ring);

/* Copies up to `bytes` bytes from offset in_tail on.  Returns how many, or -1
 * when head is not within one ring of in_tail: the writer cannot be
 * believed any more.  The caller advances in_tail. */
int in_ring_read(const struct in_ring *ring, uint64_t in_tail, void *buffer,
                 size_t bytes);

#endif
