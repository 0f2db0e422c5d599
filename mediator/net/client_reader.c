/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_reader.c - how a client reads the out ring, and the notice that it
 * gets in the place of overwritten bytes
 */
#include "net/client_reader.h"

#include <inttypes.h>
#include <stdio.h>

size_t client_reader_copy(struct client_reader *reader,
                          const struct out_ring *ring,
                          _Atomic uint64_t *missed_sum, void *buffer,
                          size_t bytes)
{
    uint64_t cursor = reader->cursor, missed;

    bytes = out_ring_read(ring, &cursor, buffer, bytes, &missed);
    reader->cursor = cursor - bytes;
    reader->missed += missed;
    if (missed > 0)
        atomic_fetch_add_explicit(missed_sum, missed, memory_order_relaxed);
    return bytes;
}

size_t client_reader_notice(const struct client_reader *reader,
                            char text[CLIENT_NOTICE_BYTES_MAX])
{
    return (size_t)snprintf(text, CLIENT_NOTICE_BYTES_MAX,
                            "\r\n[mediatord: %" PRIu64 " bytes missed]\r\n",
                            reader->missed);
}
