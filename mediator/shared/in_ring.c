/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * in_ring.c - makes, opens, fills and reads an in ring
 */
#include "shared/in_ring.h"

#include <string.h>

#include "shared/log.h"

const struct shared_file_kind in_ring_kind = {
    .name = "in ring",
    .magic = "MEDIA_IN",
    .version = 1,
};

_Static_assert(sizeof(struct in_ring_header) <= SHARED_FILE_HEADER_BYTES,
               "the in ring's header has one page");
_Static_assert((IN_RING_BYTES & (IN_RING_BYTES - 1)) == 0,
               "offsets are taken modulo a power of two");

int in_ring_create(const char *path)
{
    return shared_file_create(path, &in_ring_kind, IN_RING_BYTES);
}

static int check_size(struct in_ring *ring)
{
    ring->header = ring->file.header;
    if (ring->file.data_bytes != IN_RING_BYTES) {
        in_ring_close(ring);
        return log_error("in ring refused: not %u bytes", IN_RING_BYTES);
    }
    return 0;
}

int in_ring_open_writer(struct in_ring *ring, int fd)
{
    int rc;

    *ring = IN_RING_CLOSED;
    rc = shared_file_open_fd(&ring->file, fd, &in_ring_kind, true);
    return rc ? rc : check_size(ring);
}

int in_ring_open_reader(struct in_ring *ring, const char *path)
{
    int rc;

    *ring = IN_RING_CLOSED;
    rc = shared_file_open(&ring->file, path, &in_ring_kind, false);
    return rc ? rc : check_size(ring);
}

int in_ring_open_spoiled(struct in_ring *ring, const char *path)
{
    int rc;

    *ring = IN_RING_CLOSED;
    rc = shared_file_open_unchecked(&ring->file, path, &in_ring_kind,
                                    IN_RING_BYTES);
    return rc ? rc : check_size(ring);
}

void in_ring_close(struct in_ring *ring)
{
    shared_file_close(&ring->file);
    ring->header = NULL;
}

size_t in_ring_write(struct in_ring *ring, uint64_t in_tail,
                     const void *buffer, size_t bytes)
{
    uint64_t head = atomic_load_explicit(&ring->header->head,
                                         memory_order_relaxed);
    uint64_t used = head - in_tail;
    size_t at = head & (IN_RING_BYTES - 1), part;

    if (used > IN_RING_BYTES)
        return 0;
    if (bytes > IN_RING_BYTES - used)
        bytes = IN_RING_BYTES - used;
    part = bytes < IN_RING_BYTES - at ? bytes : IN_RING_BYTES - at;
    memcpy(ring->file.data + at, buffer, part);
    memcpy(ring->file.data, (const uint8_t *)buffer + part, bytes - part);
    atomic_store_explicit(&ring->header->head, head + bytes,
                          memory_order_release);
    return bytes;
}

void in_ring_ask_for_room(struct in_ring *ring, bool is_wanted)
{
    atomic_store_explicit(&ring->header->wants_room, is_wanted,
                          memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
}

uint64_t in_ring_head(const struct in_ring *ring)
{
    return atomic_load_explicit(&ring->header->head, memory_order_acquire);
}

int in_ring_read(const struct in_ring *ring, uint64_t in_tail, void *buffer,
                 size_t bytes)
{
    uint64_t head = atomic_load_explicit(&ring->header->head,
                                         memory_order_acquire);
    size_t at = in_tail & (IN_RING_BYTES - 1), part;

    if (head - in_tail > IN_RING_BYTES)
        return -1;
    if (bytes > head - in_tail)
        bytes = head - in_tail;
    part = bytes < IN_RING_BYTES - at ? bytes : IN_RING_BYTES - at;
    memcpy(buffer, ring->file.data + at, part);
    memcpy((uint8_t *)buffer + part, ring->file.data, bytes - part);
    return (int)bytes;
}
