/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream.h - reproducible pseudo-random bytes, and ways to send them
 *
 * The bytes of a seed come from xorshift64* (Vigna, "An experimental
 * exploration of Marsaglia's xorshift generators, scrambled", 2016): each
 * 64-bit output gives eight bytes, lowest first.  The state starts as seed XOR
 * 0x9e3779b97f4a7c15, or as 1 if that is 0.  stream.py is the same in Python.
 */
#ifndef GUEST_STREAM_H
#define GUEST_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream {
    uint64_t state, word;
    unsigned int bytes_in_word;
};

void stream_start(struct stream *stream, uint64_t seed);
void stream_fill(struct stream *stream, uint8_t *out, size_t size);
uint64_t stream_next64(struct stream *stream);

struct transmission {
    const uint8_t *data;
    size_t size;
    uint32_t chunk;    /* bytes in a burst; 0: as many as the method likes */
    uint32_t pause_us; /* how long it waits after each burst */

    size_t sent;
    uint64_t polls;    /* reads of LSR */
    uint64_t interrupts;
};

struct stream_method {
    const char *name, *summary;
    unsigned int element; /* bytes of one access */
    uint32_t chunk_max;   /* the longest burst; 0: any */
    /* Returns false when the UART has stopped for longer than
     * uart_patience_ms(). */
    bool (*send)(struct transmission *t);
};

/* NULL if there is no such method; the table ends with name = NULL. */
const struct stream_method *stream_method_find(const char *name);
extern const struct stream_method stream_methods[];

#endif
