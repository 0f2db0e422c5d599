/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * out_ring.c - makes, opens, fills and reads an out ring
 */
#include "shared/out_ring.h"

#include <stddef.h>
#include <string.h>

#include "shared/log.h"

const struct shared_file_kind out_ring_kind = {
    .name = "out ring",
    .magic = "MEDIAOUT",
    .version = 1,
};

_Static_assert(sizeof(struct out_ring_header) <= SHARED_FILE_HEADER_BYTES,
               "the out ring's header has one page");

/* The layout of version 1. */
#define IS_AT(member, offset) \
    _Static_assert(offsetof(struct out_ring_header, member) == (offset), \
                   #member " moves: raise the out ring's version")
IS_AT(head, 64);
IS_AT(tail, 72);
IS_AT(report.in_tail, 128);
IS_AT(report.uart_sleeps, 136);
IS_AT(report.in_doubt, 192);
IS_AT(report.settings, 200);
IS_AT(report.has_wire, 204);
IS_AT(report.wire_missed, 208);
IS_AT(report.xen_extensions, 216);
#undef IS_AT

int out_ring_create(const char *path, uint64_t history_bytes)
{
    uint64_t data_bytes = OUT_RING_BYTES_MIN;

    if (history_bytes > OUT_RING_BYTES_MAX)
        return log_error("history of %llu bytes asked for, at most %u can be "
                         "kept",
                         (unsigned long long)history_bytes,
                         OUT_RING_BYTES_MAX);
    while (data_bytes < history_bytes)
        data_bytes *= 2;
    return shared_file_create(path, &out_ring_kind, data_bytes);
}

static int check_size(struct out_ring *ring)
{
    uint64_t size = ring->file.data_bytes;

    ring->header = ring->file.header;
    if (size < OUT_RING_BYTES_MIN || size > OUT_RING_BYTES_MAX ||
        (size & (size - 1))) {
        out_ring_close(ring);
        return log_error("out ring refused: %llu bytes is no size of one",
                         (unsigned long long)size);
    }
    return 0;
}

int out_ring_open_writer(struct out_ring *ring, const char *path)
{
    int rc;

    *ring = OUT_RING_CLOSED;
    rc = shared_file_open(&ring->file, path, &out_ring_kind, true);
    return rc ? rc : check_size(ring);
}

int out_ring_open_reader(struct out_ring *ring, int fd)
{
    int rc;

    *ring = OUT_RING_CLOSED;
    rc = shared_file_open_fd(&ring->file, fd, &out_ring_kind, false);
    return rc ? rc : check_size(ring);
}

void out_ring_close(struct out_ring *ring)
{
    shared_file_close(&ring->file);
    ring->header = NULL;
}

void out_ring_put_run(struct out_ring *ring, uint64_t offset,
                      const uint8_t *bytes, size_t count)
{
    struct out_ring_header *header = ring->header;
    uint64_t size = ring->file.data_bytes, end = offset + count;
    uint64_t head = atomic_load_explicit(&header->head, memory_order_relaxed);
    size_t at, part;

    if (head < offset || head >= end)
        return;
    bytes += head - offset;
    count = end - head;
    if (end > size) {
        atomic_store_explicit(&header->tail, end - size,
                              memory_order_relaxed);
        /* As in out_ring_put(). */
        atomic_thread_fence(memory_order_release);
    }
    at = head & (size - 1);
    part = count < size - at ? count : size - at;
    memcpy(ring->file.data + at, bytes, part);
    memcpy(ring->file.data, bytes + part, count - part);
    atomic_store_explicit(&header->head, end, memory_order_release);
}

size_t out_ring_read(const struct out_ring *ring, uint64_t *cursor,
                     void *buffer, size_t bytes, uint64_t *missed)
{
    const struct out_ring_header *header = ring->header;
    uint64_t size = ring->file.data_bytes;
    uint64_t from = *cursor, head, tail;
    size_t at, part;

    *missed = 0;
    head = atomic_load_explicit(&header->head, memory_order_acquire);
    if (head < from) {
        *cursor = head;
        return 0;
    }
    if (head - from > size) {
        *missed = head - from - size;
        from = head - size;
    }
    if (bytes > head - from)
        bytes = head - from;

    at = from & (size - 1);
    part = bytes < size - at ? bytes : size - at;
    memcpy(buffer, ring->file.data + at, part);
    memcpy((uint8_t *)buffer + part, ring->file.data, bytes - part);

    /* Pairs with the fence in out_ring_put(): when a copied byte was already
     * the next round's, this load sees the tail that went before it. */
    atomic_thread_fence(memory_order_acquire);
    tail = atomic_load_explicit(&header->tail, memory_order_relaxed);
    if (tail > from) {
        uint64_t lost = tail - from;

        *missed += lost;
        if (lost >= bytes) {
            *cursor = tail;
            return 0;
        }
        memmove(buffer, (uint8_t *)buffer + lost, bytes - lost);
        from = tail;
        bytes -= lost;
    }
    *cursor = from + bytes;
    return bytes;
}

uint64_t out_ring_replay_cursor(const struct out_ring *ring,
                                uint64_t replay_bytes)
{
    uint64_t head = atomic_load_explicit(&ring->header->head,
                                         memory_order_acquire);

    if (replay_bytes > ring->file.data_bytes)
        replay_bytes = ring->file.data_bytes;
    return head > replay_bytes ? head - replay_bytes : 0;
}
