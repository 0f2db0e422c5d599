/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posted_writes.c - the consumer's side of the buffered ioreq ring
 */
#include "uart/posted_writes.h"

#include <stdatomic.h>
#include <stddef.h>
#include <xen/hvm/ioreq.h>

#include "shared/log.h"
#include "uart/fault_point.h"

struct pointers {
    uint32_t read, write;
};

/* Xen changes both pointers at once when it takes 511 from them, so they are
 * read by one load. */
static struct pointers load(const struct posted_writes *posted)
{
    const volatile uint64_t *both =
        (const volatile uint64_t *)&posted->page->read_pointer;
    uint64_t value = *both;

    atomic_thread_fence(memory_order_acquire);
    return (struct pointers){ (uint32_t)value, (uint32_t)(value >> 32) };
}

/* Xen never puts more into the ring than it holds; a page that says so is not
 * believed. */
static unsigned int filled(struct pointers pointers)
{
    uint32_t count = pointers.write - pointers.read;

    return count <= IOREQ_BUFFER_SLOT_NUM ? count : IOREQ_BUFFER_SLOT_NUM;
}

unsigned int posted_writes_count(const struct posted_writes *posted)
{
    return posted->page ? filled(load(posted)) : 0;
}

unsigned int posted_writes_copy(const struct posted_writes *posted,
                                uint8_t bytes[POSTED_WRITES_MAX],
                                unsigned int *entries)
{
    struct pointers pointers = load(posted);
    unsigned int at = pointers.read % IOREQ_BUFFER_SLOT_NUM, count = 0, i;

    *entries = filled(pointers);
    if (*entries > POSTED_WRITES_MAX)
        *entries = POSTED_WRITES_MAX;
    for (i = 0; i < *entries; i++) {
        const volatile struct buf_ioreq *entry = &posted->page->buf_ioreq[at];

        if (++at == IOREQ_BUFFER_SLOT_NUM)
            at = 0;
        if (entry->type == IOREQ_TYPE_PIO && entry->dir == IOREQ_WRITE &&
            entry->size == 0 && entry->addr == posted->port)
            bytes[count++] = entry->data;
    }
    return count;
}

uint16_t posted_writes_position(const struct posted_writes *posted,
                                unsigned int entries)
{
    return (load(posted).read + entries) % IOREQ_BUFFER_SLOT_NUM;
}

void posted_writes_advance(struct posted_writes *posted, unsigned int entries)
{
    /* A full barrier: the next look at write_pointer comes after it, and Xen
     * sends an event for what that look does not see. */
    __atomic_fetch_add(&posted->page->read_pointer, entries,
                       __ATOMIC_SEQ_CST);
    fault_point(FAULT_POSTED_TAKEN);
}

void posted_writes_settle(struct posted_writes *posted, uint16_t position)
{
    struct pointers pointers;
    unsigned int done;

    if (!posted->page || position == POSTED_WRITES_NO_POSITION)
        return;
    pointers = load(posted);
    done = (position + IOREQ_BUFFER_SLOT_NUM -
            pointers.read % IOREQ_BUFFER_SLOT_NUM) % IOREQ_BUFFER_SLOT_NUM;
    if (done == 0)
        return;
    if (done > filled(pointers)) {
        log_warning("state and ring of posted writes disagree (%u done of "
                    "%u); going on where the ring is",
                    done, filled(pointers));
        return;
    }
    posted_writes_advance(posted, done);
}
