/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * out_ring.h - holds what a guest wrote: on its way to the clients, and as
 * history
 *
 * One writer (the uart role), any number of readers (the net role keeps a
 * cursor for each client).  Offsets count bytes since the console began and
 * are absolute: byte n stands at data[n % data_bytes].  The writer never
 * waits for a reader; a reader that was overtaken is told by how much.
 */
#ifndef MEDIATOR_OUT_RING_H
#define MEDIATOR_OUT_RING_H

#include <stdatomic.h>

#include "shared/shared_file.h"
#include "shared/uart_report.h"

#define OUT_RING_BYTES_MIN 4096u
#define OUT_RING_BYTES_MAX (1u << 30)

struct out_ring_header {
    struct shared_file_header file;

    /* Bytes before head may be read.  Stored with release after the bytes,
     * loaded with acquire before them. */
    _Alignas(64) _Atomic uint64_t head;
    /* Bytes from tail on may be valid.  The writer moves it before it
     * overwrites anything, so a reader that has copied bytes loads it again
     * to see whether they were still valid. */
    _Atomic uint64_t tail;

    /* What else the uart role tells other processes. */
    struct uart_report report;
};

struct out_ring {
    struct shared_file file;
    struct out_ring_header *header;
};

#define OUT_RING_CLOSED ((struct out_ring){ .file = SHARED_FILE_CLOSED })

extern const struct shared_file_kind out_ring_kind;

/* Makes the file.  history_bytes is rounded up to a power of two.  0, or -1
 * with a message logged, as in the functions below. */
int out_ring_create(const char *path, uint64_t history_bytes);

/* The writer opens it by its path; a reader gets a descriptor that was
 * opened read-only and takes it over. */
int out_ring_open_writer(struct out_ring *ring, const char *path);
int out_ring_open_reader(struct out_ring *ring, int fd);
void out_ring_close(struct out_ring *ring);

/* Puts byte at absolute offset `offset` and publishes it.  Called twice for
 * the same offset (by a successor that repeats an access) it changes
 * nothing: offsets below head are there already. */
static inline void out_ring_put(struct out_ring *ring, uint64_t offset,
                                uint8_t byte)
{
    struct out_ring_header *header = ring->header;
    uint64_t size = ring->file.data_bytes;

    if (atomic_load_explicit(&header->head, memory_order_relaxed) != offset)
        return;
    if (offset >= size) {
        atomic_store_explicit(&header->tail, offset + 1 - size,
                              memory_order_relaxed);
        /* The new tail is seen before the overwritten byte. */
        atomic_thread_fence(memory_order_release);
    }
    ring->file.data[offset & (size - 1)] = byte;
    atomic_store_explicit(&header->head, offset + 1, memory_order_release);
}

/* Puts many bytes, at most OUT_RING_BYTES_MIN.  Here, too, what a successor
 * finds there already stays as it is, be it some of them or all. */
void out_ring_put_run(struct out_ring *ring, uint64_t offset,
                      const uint8_t *bytes, size_t count);

/*
 * Copies up to `bytes` bytes from *cursor on and advances it.  *missed is
 * the number of bytes that were overwritten before they could be read, which
 * come before what was copied.  Nothing that the header says is believed: a
 * head that is behind the cursor gives 0 bytes, and moves the cursor there.
 */
size_t out_ring_read(const struct out_ring *ring, uint64_t *cursor,
                     void *buffer, size_t bytes, uint64_t *missed);

/* Where the cursor of a reader stands who wants at most replay_bytes of
 * history. */
uint64_t out_ring_replay_cursor(const struct out_ring *ring,
                                uint64_t replay_bytes);

#endif
