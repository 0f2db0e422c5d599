/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory.c - probes for RAM, and copies and fills memory
 */
#include "memory.h"

#include "cpu.h"

void *memcpy(void *to, const void *from, size_t size)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    while (size--)
        *out++ = *in++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    if (out <= in)
        return memcpy(to, from, size);
    while (size--)
        out[size] = in[size];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    uint8_t *out = to;

    while (size--)
        *out++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a, *y = b;

    for (; size; size--, x++, y++) {
        if (*x != *y)
            return *x < *y ? -1 : 1;
    }
    return 0;
}

static bool is_ram(uint32_t address)
{
    uint32_t old = mmio_read32(address);
    bool holds;

    mmio_write32(address, ~old);
    holds = mmio_read32(address) == ~old;
    mmio_write32(address, old);
    return holds;
}

static unsigned int found_mib;

unsigned int memory_probe_mib(void)
{
    unsigned int mib = 2;

    while (mib < 64 && is_ram((mib << 20) + 0x80000))
        mib++;
    found_mib = mib;
    return mib;
}

bool memory_has_stream_buffer(void)
{
    return found_mib >= (STREAM_BUFFER + STREAM_BYTES) >> 20;
}
