/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory.h - who owns which physical addresses (paging is off)
 *
 *   00100000-0017ffff  the program, its data and its stack
 *   00400000-007fffff  free for fill, poke, outs, ins: nothing else uses it
 *   00800000-00bfffff  the buffer of stream, recv and hammer; free otherwise
 *   e0000000           on no machine that we know is anything here: a test
 *                      takes it for unmapped memory
 */
#ifndef GUEST_MEMORY_H
#define GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FREE_AREA      0x00400000u
#define STREAM_BUFFER  0x00800000u
#define STREAM_BYTES   0x00400000u
#define PROGRAM_START  0x00100000u
#define PROGRAM_END    0x00180000u

/* Finds out how much RAM there is from address 0 upwards, in MiB and at most
 * 64, by writing and reading back.  Every byte is restored. */
unsigned int memory_probe_mib(void);

/* Whether the RAM that was found holds the stream buffer. */
bool memory_has_stream_buffer(void);

static inline uint8_t *stream_buffer(void)
{
    return (uint8_t *)STREAM_BUFFER;
}

/* The functions that gcc calls by itself, and that little else uses. */
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
