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
    .version = 2, /* 1 had no errors */
};

_Static_assert(sizeof(struct in_ring_header) <= SHARED_FILE_HEADER_BYTES,
               "the in ring's header has one page");
_Static_assert((IN_RING_ITEMS & (IN_RING_ITEMS - 1)) == 0,
               "offsets are taken modulo a power of two");
_Static_assert(IN_RING_BYTES + IN_RING_BREAKS <= IN_RING_ITEMS,
               "nothing is overwritten that was not read");

int in_ring_create(const char *path)
{
    return shared_file_create(path, &in_ring_kind, IN_RING_FILE_BYTES);
}

static int check_size(struct in_ring *ring)
{
    ring->header = ring->file.header;
    if (ring->file.data_bytes != IN_RING_FILE_BYTES) {
        in_ring_close(ring);
        return log_error("in ring refused: not %u bytes",
                         IN_RING_FILE_BYTES);
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
                                    IN_RING_FILE_BYTES);
    return rc ? rc : check_size(ring);
}

void in_ring_close(struct in_ring *ring)
{
    shared_file_close(&ring->file);
    ring->header = NULL;
}

static uint8_t *errors_of(const struct in_ring *ring)
{
    return ring->file.data + IN_RING_ITEMS;
}

static size_t room(uint64_t head, uint64_t in_tail, size_t most)
{
    uint64_t used = head - in_tail;

    return used > most ? 0 : most - used;
}

size_t in_ring_write(struct in_ring *ring, uint64_t in_tail,
                     const void *buffer, size_t bytes)
{
    uint64_t head = atomic_load_explicit(&ring->header->head,
                                         memory_order_relaxed);
    size_t at = head & (IN_RING_ITEMS - 1), part;
    size_t most = room(head, in_tail, IN_RING_BYTES);

    if (bytes > most)
        bytes = most;
    part = bytes < IN_RING_ITEMS - at ? bytes : IN_RING_ITEMS - at;
    memcpy(ring->file.data + at, buffer, part);
    memset(errors_of(ring) + at, 0, part);
    memcpy(ring->file.data, (const uint8_t *)buffer + part, bytes - part);
    memset(errors_of(ring), 0, bytes - part);
    atomic_store_explicit(&ring->header->head, head + bytes,
                          memory_order_release);
    return bytes;
}

bool in_ring_write_errors(struct in_ring *ring, uint64_t in_tail, uint8_t byte,
                          uint8_t errors)
{
    uint64_t head = atomic_load_explicit(&ring->header->head,
                                         memory_order_relaxed);
    size_t at = head & (IN_RING_ITEMS - 1);
    size_t most = IN_RING_BYTES + (errors ? IN_RING_BREAKS : 0);

    if (room(head, in_tail, most) == 0)
        return false;
    ring->file.data[at] = byte;
    errors_of(ring)[at] = errors;
    atomic_store_explicit(&ring->header->head, head + 1, memory_order_release);
    return true;
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

/* Both arrays are rings. */
static void copy(uint8_t *to, const uint8_t *ring, size_t at, size_t count)
{
    size_t part = count < IN_RING_ITEMS - at ? count : IN_RING_ITEMS - at;

    memcpy(to, ring + at, part);
    memcpy(to + part, ring, count - part);
}

int in_ring_read(const struct in_ring *ring, uint64_t in_tail, void *bytes,
                 uint8_t *errors, size_t count)
{
    uint64_t head = atomic_load_explicit(&ring->header->head,
                                         memory_order_acquire);
    size_t at = in_tail & (IN_RING_ITEMS - 1);

    if (head - in_tail > IN_RING_ITEMS)
        return -1;
    if (count > head - in_tail)
        count = head - in_tail;
    copy(bytes, ring->file.data, at, count);
    if (errors)
        copy(errors, errors_of(ring), at, count);
    return (int)count;
}
