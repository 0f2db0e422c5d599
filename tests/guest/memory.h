/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory.h - who owns which physical addresses (paging is off)
 *
 *   00100000-0017ffff  the program, its data and its stack
 *   00400000-007fffff  free for fill, poke, outs, ins: nothing else touches it
 *   00800000-00bfffff  what stream, recv and hammer work on; free otherwise
 *   e0000000           nothing is there on any machine we know: "unmapped"
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

/* RAM from address 0 upwards, in MiB, found by writing and reading back (every
 * byte is put back); at most 64 are looked for. */
unsigned int memory_probe_mib(void);

/* Whether the RAM found reaches behind the stream buffer. */
bool memory_has_stream_buffer(void);

static inline uint8_t *stream_buffer(void)
{
    return (uint8_t *)STREAM_BUFFER;
}

/* What gcc calls without being asked, and little else. */
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
