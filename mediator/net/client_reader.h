/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_reader.h - a client's place in the out ring, and what it missed
 *
 * A reader only reads: the uart role never waits for it, and overwrites what
 * a slow one has not taken.
 */
#ifndef MEDIATOR_CLIENT_READER_H
#define MEDIATOR_CLIENT_READER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/out_ring.h"

#define CLIENT_NOTICE_BYTES_MAX 96

struct client_reader {
    uint64_t cursor; /* the offset of the next byte to hand on */
    uint64_t missed; /* how many bytes before the cursor were overwritten, as
                      * far as the client has not been told yet */
};

/*
 * Copies up to `bytes` of the next bytes into buffer and returns how many.
 * The cursor is not moved over them: it stands at the first, so that the
 * caller can move it by what the client takes.
 *
 * What was overwritten is added to reader->missed and to *missed_sum, which
 * is the console's count.  Whoever gets 0 bytes, with something missed, was
 * overtaken by the writer while copying, and should copy again.
 */
size_t client_reader_copy(struct client_reader *reader,
                          const struct out_ring *ring,
                          _Atomic uint64_t *missed_sum, void *buffer,
                          size_t bytes);

/* Makes the text that the client reads in the place of the missed bytes.
 * Returns its length, without the 0 at its end. */
size_t client_reader_notice(const struct client_reader *reader,
                            char text[CLIENT_NOTICE_BYTES_MAX]);

#endif
