/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_memory.h - access to a guest's memory, for rep outs and rep ins
 *
 * Pages stay mapped in a small cache until Xen says INVALIDATE.  The guest's
 * other vCPUs may change a page at any moment: read a byte once.
 */
#ifndef MEDIATOR_GUEST_MEMORY_H
#define MEDIATOR_GUEST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <xenforeignmemory.h>

#define GUEST_MEMORY_PAGES 8
#define GUEST_PAGE_BYTES 4096u

struct guest_page {
    uint64_t frame;
    uint8_t *mapping; /* NULL: unused */
    bool is_writable;
};

struct guest_memory {
    xenforeignmemory_handle *foreign;
    uint32_t domid;
    struct guest_page pages[GUEST_MEMORY_PAGES];
    uint64_t unmapped_frame; /* this request tried to map it, in vain */
};

void guest_memory_init(struct guest_memory *memory,
                       xenforeignmemory_handle *foreign, uint32_t domid);

/* A request begins: a frame that could not be mapped before is tried again. */
void guest_memory_begin(struct guest_memory *memory);

/* Returns where the byte at a guest physical address is mapped, or NULL when
 * there is no memory (or, for is_write, no memory that can be written).  The
 * pointer is good for all bytes of that page, until the next call.  Ends the
 * process when it is dom0 that is out of memory. */
volatile uint8_t *guest_memory_at(struct guest_memory *memory,
                                  uint64_t address, bool is_write);

/* Drops every mapping: the guest's memory map changed. */
void guest_memory_invalidate(struct guest_memory *memory);

#endif
