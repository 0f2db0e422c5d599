/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * in_ring.h - holds what clients send, on its way to the guest
 *
 * One queue for all of it, so that everything reaches the guest's UART in the
 * order in which it came: an item is a byte and the errors that came with it,
 * which are bits of LSR (UART_LSR_BI, PE, FE).  A byte that was typed has
 * none; a break is a byte 0 with UART_LSR_BI.  Bytes and errors stand in two
 * arrays, so that bytes are copied as bytes.
 *
 * One writer (the net role; the supervisor where there is none), one reader
 * (the uart role, which believes no index that it finds here, and of the
 * errors those bits only).  The reader's own index, in_tail, stands in
 * uart_report.h, so that each mapping has exactly one writing process.
 * Offsets count items, and are absolute, as in the out ring.
 */
#ifndef MEDIATOR_IN_RING_H
#define MEDIATOR_IN_RING_H

#include <stdatomic.h>

#include "shared/shared_file.h"

#define IN_RING_BYTES  16384u /* that were typed, and not read yet */
#define IN_RING_BREAKS 1024u  /* so many more items can be behind them, so that
                               * one that has its place there has room */
#define IN_RING_ITEMS  32768u
#define IN_RING_FILE_BYTES (2 * IN_RING_ITEMS) /* bytes, then their errors */

struct in_ring_header {
    struct shared_file_header file;

    /* Items before head may be read.  Stored with release after the items. */
    _Alignas(64) _Atomic uint64_t head;

    /* wake.h: not 0 while the net role sleeps and no timer will make it look
     * at this console's out ring soon. */
    _Alignas(64) _Atomic uint32_t net_sleeps;
    /* Not 0 while a client's bytes wait in the net role for room here. */
    _Atomic uint32_t wants_room;

    /* For mediatorctl status. */
    _Alignas(64) _Atomic uint32_t clients;
    /* Of these: have closed their side of TCP.  Earlier writers of this
     * version left a gap of zeros here. */
    _Atomic uint32_t half_closed;
    _Atomic uint64_t missed; /* bytes of output, summed over all clients */

    /* The offset in the out ring of the byte that the pty gets next: there a
     * successor of the net role goes on. */
    _Atomic uint64_t pty_cursor;
};

struct in_ring {
    struct shared_file file;
    struct in_ring_header *header;
};

#define IN_RING_CLOSED ((struct in_ring){ .file = SHARED_FILE_CLOSED })

extern const struct shared_file_kind in_ring_kind;

/* Makes the file.  0, or -1 with a message logged, as in the functions below.
 */
int in_ring_create(const char *path);

/* The writer gets a descriptor and takes it over; the reader opens the path,
 * read-only. */
int in_ring_open_writer(struct in_ring *ring, int fd);
int in_ring_open_reader(struct in_ring *ring, const char *path);
/* Opens a ring whose writer has spoiled the part of the header that says that
 * it is an in ring, or has made the file longer, for a reader who has no
 * other. */
int in_ring_open_spoiled(struct in_ring *ring, const char *path);
void in_ring_close(struct in_ring *ring);

/* Appends up to `bytes` bytes without errors, as long as there are no more
 * than IN_RING_BYTES items behind the reader's in_tail, and returns how many.
 * An in_tail that makes no sense counts as full, as in the next function. */
size_t in_ring_write(struct in_ring *ring, uint64_t in_tail,
                     const void *buffer, size_t bytes);

/* Appends one byte with errors, of which there may be IN_RING_BREAKS more.
 * False: there is no room. */
bool in_ring_write_errors(struct in_ring *ring, uint64_t in_tail, uint8_t byte,
                          uint8_t errors);

/* Says whether the writer wants to be woken when there is room.  It must load
 * in_tail once more after this and before it sleeps. */
void in_ring_ask_for_room(struct in_ring *ring, bool is_wanted);

/* Where a reader begins who wants nothing of what is in the ring.  The writer
 * may lie about it: only input can be lost by that. */
uint64_t in_ring_head(const struct in_ring *ring);

/* Copies up to `count` items from offset in_tail on, their errors too unless
 * `errors` is NULL.  Returns how many, or -1 when head is not within one ring
 * of in_tail: the writer cannot be believed any more.  The caller advances
 * in_tail. */
int in_ring_read(const struct in_ring *ring, uint64_t in_tail, void *bytes,
                 uint8_t *errors, size_t count);

#endif
