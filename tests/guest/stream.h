/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream.h - reproducible pseudo-random bytes, and ways to send them
 *
 * The bytes of a seed: xorshift64* (Vigna, "An experimental exploration of
 * Marsaglia's xorshift generators, scrambled", 2016), each 64-bit output giving
 * eight bytes, lowest first.  The state starts as seed XOR 0x9e3779b97f4a7c15,
 * or as 1 if that is 0.  stream.py is the same in Python.
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
    uint32_t chunk;    /* bytes a burst; 0: the method's own */
    uint32_t pause_us; /* after each burst */

    size_t sent;
    uint64_t polls;    /* reads of LSR */
    uint64_t interrupts;
};

struct stream_method {
    const char *name, *summary;
    unsigned int element; /* bytes of one access */
    uint32_t chunk_max;   /* 0: any */
    /* False: the UART stopped for longer than uart_patience_ms(). */
    bool (*send)(struct transmission *t);
};

/* NULL if there is no such method; the table ends with name = NULL. */
const struct stream_method *stream_method_find(const char *name);
extern const struct stream_method stream_methods[];

#endif
