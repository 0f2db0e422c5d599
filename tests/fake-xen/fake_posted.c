/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_posted.c - writes that a vCPU posts, and reads of shadow registers
 */
#define __XEN_TOOLS__ 1 /* xen/hvm/hvm_op.h: HVM_IOREQSRV_* */
#include "fake-xen/fake_posted.h"

#include <sched.h>
#include <xen/hvm/hvm_op.h>

#include "fake-xen/fake_client.h"
#include "uart/xen_extensions.h"

#define SIZE_CODE_8 3u /* codes 0, 1 and 2 are 1, 2 and 4 bytes */

/* Like union bufioreq_pointers, and the ring behind it. */
struct ring {
    union pointers {
        struct {
            uint32_t read, write;
        };
        uint64_t both;
    } pointers;
    struct buf_ioreq entries[IOREQ_BUFFER_SLOT_NUM];
};

_Static_assert(sizeof(struct ring) == sizeof(struct buffered_iopage),
               "a ring is as in xen/hvm/ioreq.h");

static struct ring *ring_at(struct fake_guest *guest, int server)
{
    return (struct ring *)(guest->pages +
                           fake_page_offset(guest->index, server, 0));
}

static uint32_t load(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static bool handles_buffered(const struct fake_server *server)
{
    return server->buffering != HVM_IOREQSRV_BUFIOREQ_OFF;
}

static void lock(struct fake_server *server)
{
    while (atomic_exchange(&server->buffered_lock, 1))
        sched_yield();
}

static void unlock(struct fake_server *server)
{
    atomic_store(&server->buffered_lock, 0);
}

uint32_t fake_posted_entries(struct fake_guest *guest, int server)
{
    struct ring *ring = ring_at(guest, server);
    union pointers now = {
        .both = __atomic_load_n(&ring->pointers.both, __ATOMIC_SEQ_CST),
    };

    return now.write - now.read;
}

/* Like Xen, which calls it "Canonicalize read/write pointers to prevent their
 * overflow": takes the same from both at once, unless the server moves its own
 * meanwhile. */
static void keep_small(const struct fake_server *server, struct ring *ring,
                       unsigned int tries)
{
    union pointers old, next;
    uint32_t whole;

    while (server->buffering == HVM_IOREQSRV_BUFIOREQ_ATOMIC &&
           tries++ < IOREQ_BUFFER_SLOT_NUM &&
           load(&ring->pointers.read) >= IOREQ_BUFFER_SLOT_NUM) {
        old.both = __atomic_load_n(&ring->pointers.both, __ATOMIC_SEQ_CST);
        whole = old.read / IOREQ_BUFFER_SLOT_NUM * IOREQ_BUFFER_SLOT_NUM;
        next.read = old.read - whole;
        next.write = old.write - whole;
        __atomic_compare_exchange_n(&ring->pointers.both, &old.both,
                                    next.both, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST);
    }
}

/* Puts a request into the ring.  One of 8 bytes has no address, and takes two
 * entries. */
static void put(struct ring *ring, const struct fake_request *request,
                unsigned int size)
{
    struct buf_ioreq entry = {
        .type = request->type,
        .dir = request->is_read ? IOREQ_READ : IOREQ_WRITE,
        .size = size,
        .addr = request->addr,
        .data = request->data,
    };
    uint32_t at = ring->pointers.write;

    ring->entries[at++ % IOREQ_BUFFER_SLOT_NUM] = entry;
    if (size == SIZE_CODE_8) {
        entry.data = request->data >> 32;
        ring->entries[at++ % IOREQ_BUFFER_SLOT_NUM] = entry;
    }
    __atomic_store_n(&ring->pointers.write, at, __ATOMIC_RELEASE);
}

/* The code that an entry has for a size.  False: an entry cannot have that
 * size. */
static bool find_size_code(uint32_t size, unsigned int *code)
{
    for (*code = 0; *code <= SIZE_CODE_8; ++*code)
        if (size == 1u << *code)
            return true;
    return false;
}

/* Like ioreq_send_buffered(). */
static bool send_buffered(struct fake_guest *guest, int id,
                          const struct fake_request *request, bool is_posted)
{
    struct fake_server *server = &guest->domain->servers[id];
    struct ring *ring = ring_at(guest, id);
    bool has_room, is_news = true;
    unsigned int size, more;

    if (!find_size_code(request->size, &size))
        return false;
    more = size == SIZE_CODE_8;
    lock(server);
    if (fake_posted_entries(guest, id) > IOREQ_BUFFER_SLOT_NUM)
        fake_violation("domain %u server %d: read_pointer is beyond "
                       "write_pointer", guest->domain->domid, id);
    has_room = fake_posted_entries(guest, id) < IOREQ_BUFFER_SLOT_NUM - more;
    if (has_room) {
        put(ring, request, size);
        atomic_thread_fence(memory_order_seq_cst);
        if (is_posted)
            is_news = fake_posted_entries(guest, id) == 1;
        keep_small(server, ring, more);
        if (is_news)
            fake_guest_notify(guest, id, FAKE_CHANNEL_BUFFERED);
        if (is_posted && is_news)
            atomic_fetch_add(&guest->domain->posting.events, 1);
    }
    unlock(server);
    return has_room;
}

/* Like ioreq_post() of xen-patch. */
bool fake_post(struct fake_guest *guest, int server,
               const struct fake_request *request)
{
    const struct fake_server *to = &guest->domain->servers[server];
    struct fake_posting *posting = &guest->domain->posting;
    bool is_done;

    if (request->type != IOREQ_TYPE_PIO || request->is_read ||
        request->data_is_ptr || request->count != 1 ||
        !handles_buffered(to) ||
        !fake_ranges_contain(&to->ranges[XEN_DMOP_IO_RANGE_POSTED], request))
        return false;
    is_done = send_buffered(guest, server, request, true);
    atomic_fetch_add(is_done ? &posting->posted : &posting->refused, 1);
    return is_done;
}

/* Like ioreq_read_shadow() of xen-patch. */
bool fake_read_shadow(struct fake_guest *guest, int server,
                      const struct fake_request *request, uint64_t *data)
{
    struct fake_server *from = &guest->domain->servers[server];
    const uint16_t *entries = (const uint16_t *)(
        guest->pages + fake_page_offset(guest->index, server,
                                        FAKE_PAGE_SHADOW));
    uint16_t entry;

    if (!atomic_load(&from->has_shadow) || request->type != IOREQ_TYPE_PIO ||
        !request->is_read || request->data_is_ptr || request->count != 1 ||
        request->size != 1 ||
        !fake_ranges_contain(&from->ranges[XEN_DMOP_IO_RANGE_SHADOW],
                             request))
        return false;
    entry = __atomic_load_n(&entries[request->addr % IOREQ_SHADOW_NUM],
                            __ATOMIC_RELAXED);
    if (!(entry & IOREQ_SHADOW_VALID))
        return false;
    *data = (uint8_t)entry;
    atomic_fetch_add(&guest->domain->posting.shadow_reads, 1);
    return true;
}

/* Like ioreq_broadcast(). */
unsigned int fake_time_offset(struct fake_guest *guest, uint64_t offset)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_TIMEOFFSET,
        .size = 8,
        .count = 1,
        .data = offset,
    };
    struct fake_domain *domain = guest->domain;
    unsigned int failed = 0;
    int id;

    fake_guest_enter_dispatch(domain);
    for (id = 0; id < FAKE_SERVERS_MAX; id++)
        if (atomic_load(&domain->servers[id].is_enabled) &&
            handles_buffered(&domain->servers[id]))
            failed += !send_buffered(guest, id, &request, false);
    fake_guest_leave_dispatch(domain);
    return failed;
}
