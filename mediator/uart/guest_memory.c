/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_memory.c - a cache of mappings, one place for each frame modulo its
 * size
 */
#include "uart/guest_memory.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/log.h"

#define NO_FRAME UINT64_MAX /* beyond any guest physical address */

void guest_memory_init(struct guest_memory *memory,
                       xenforeignmemory_handle *foreign, uint32_t domid)
{
    *memory = (struct guest_memory){
        .foreign = foreign,
        .domid = domid,
        .unmapped_frame = NO_FRAME,
    };
}

void guest_memory_begin(struct guest_memory *memory)
{
    memory->unmapped_frame = NO_FRAME;
}

static void drop(struct guest_memory *memory, struct guest_page *page)
{
    if (page->mapping)
        xenforeignmemory_unmap(memory->foreign, page->mapping, 1);
    page->mapping = NULL;
}

/* The guest has the memory, and dom0 has none left to map it.  To leave its
 * bytes out would lose them.  So this process ends as if it had been killed,
 * which is the one way to stop within a request: its successor goes on there,
 * when it can map again. */
static void leave_to_successor(void)
{
    log_errno("cannot map the guest's memory; ending, to go on from there");
    _exit(EXIT_FAILURE);
}

/* Maps read-only unless the page must be written: a guest may send from its
 * ROMs. */
static void map(struct guest_memory *memory, struct guest_page *page,
                uint64_t frame, bool is_write)
{
    int protection = PROT_READ | (is_write ? PROT_WRITE : 0);
    xen_pfn_t pfn = frame;
    int failed = 0;

    page->frame = frame;
    page->is_writable = is_write;
    page->mapping = xenforeignmemory_map(memory->foreign, memory->domid,
                                         protection, 1, &pfn, &failed);
    if (!page->mapping && errno == ENOMEM)
        leave_to_successor();
    if (failed)
        drop(memory, page);
}

volatile uint8_t *guest_memory_at(struct guest_memory *memory,
                                  uint64_t address, bool is_write)
{
    uint64_t frame = address / GUEST_PAGE_BYTES;
    struct guest_page *page = &memory->pages[frame % GUEST_MEMORY_PAGES];

    if (frame == memory->unmapped_frame)
        return NULL;
    if (!page->mapping || page->frame != frame ||
        (is_write && !page->is_writable)) {
        drop(memory, page);
        map(memory, page, frame, is_write);
    }
    if (!page->mapping) {
        /* A request makes one attempt, however many elements it has. */
        memory->unmapped_frame = frame;
        return NULL;
    }
    return page->mapping + (address & (GUEST_PAGE_BYTES - 1));
}

void guest_memory_invalidate(struct guest_memory *memory)
{
    unsigned int i;

    for (i = 0; i < GUEST_MEMORY_PAGES; i++)
        drop(memory, &memory->pages[i]);
}
