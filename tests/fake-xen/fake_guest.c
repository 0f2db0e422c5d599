/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_guest.c - a guest's vCPUs: dispatches their accesses to ioreq servers,
 * and waits
 */
#define _GNU_SOURCE
#include "fake-xen/fake_guest.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fake-xen/fake_client.h"
#include "fake-xen/fake_event.h"
#include "fake-xen/fake_posted.h"

#define NO_FIFO 0 /* a descriptor + 1 is kept, so that 0 means none */

static uint8_t *map_file(const char *name, size_t bytes)
{
    char path[256];
    void *mapping;
    int fd;

    if (!fake_xen_path(path, sizeof(path), name))
        return NULL;
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return mapping == MAP_FAILED ? NULL : mapping;
}

int fake_guest_attach(struct fake_guest *guest, uint32_t domid)
{
    char name[32];
    unsigned int i;

    memset((void *)guest, 0, sizeof(*guest));
    for (i = 0; i < FAKE_VCPUS_MAX; i++)
        guest->waits_for[i] = -1;
    guest->xen = fake_xen_attach();
    guest->domain = guest->xen ? fake_find_domain(guest->xen, domid) : NULL;
    if (!guest->domain)
        return -1;
    guest->index = fake_domain_index(guest->xen, guest->domain);
    guest->pages = map_file("ioreq", FAKE_IOREQ_FILE_BYTES);
    snprintf(name, sizeof(name), "memory.%u", guest->index);
    guest->memory = map_file(name, FAKE_PAGES_MAX * (size_t)FAKE_PAGE_BYTES);
    return guest->pages && guest->memory ? 0 : -1;
}

void fake_guest_detach(struct fake_guest *guest)
{
    unsigned int i;

    if (guest->pages)
        munmap(guest->pages, FAKE_IOREQ_FILE_BYTES);
    if (guest->memory)
        munmap(guest->memory, FAKE_PAGES_MAX * (size_t)FAKE_PAGE_BYTES);
    for (i = 0; i < FAKE_HANDLES_MAX; i++)
        if (guest->fifos[i] != NO_FIFO)
            close(guest->fifos[i] - 1);
    memset((void *)guest, 0, sizeof(*guest));
}

static volatile struct ioreq *slot_at(struct fake_guest *guest, int server,
                                      unsigned int vcpu)
{
    return (volatile struct ioreq *)(guest->pages +
                                     fake_page_offset(guest->index, server,
                                                      1)) + vcpu;
}

/* The FIFO of whoever has bound the port; it is opened once. */
static int fifo_of(struct fake_guest *guest, uint32_t handle)
{
    int fd = atomic_load(&guest->fifos[handle]), none = NO_FIFO;
    char name[32], path[256];

    if (fd != NO_FIFO)
        return fd - 1;
    snprintf(name, sizeof(name), "evtchn.%u", handle);
    fake_xen_path(path, sizeof(path), name);
    fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1; /* nobody has bound it any more */
    if (!atomic_compare_exchange_strong(&guest->fifos[handle], &none,
                                        fd + 1)) {
        close(fd);
        fd = none - 1;
    }
    return fd;
}

void fake_guest_notify(struct fake_guest *guest, int server,
                       unsigned int channel)
{
    struct fake_channel *at = &guest->domain->channels[server][channel];
    uint32_t port = fake_local_port(guest->index, server, channel);
    uint32_t handle = atomic_load(&at->handle);

    if (!handle || !fake_event_raise(at))
        return;
    if (write(fifo_of(guest, handle - 1), &port, sizeof(port)) < 0)
        return;
}

void fake_guest_enter_dispatch(struct fake_domain *domain)
{
    for (;;) {
        atomic_fetch_add(&domain->dispatching, 1);
        if (!atomic_load(&domain->is_paused))
            return;
        atomic_fetch_sub(&domain->dispatching, 1);
        fake_futex_wait(&domain->is_paused, 1, 1000);
    }
}

void fake_guest_leave_dispatch(struct fake_domain *domain)
{
    atomic_fetch_sub(&domain->dispatching, 1);
}

bool fake_ranges_contain(const struct fake_ranges *ranges,
                         const struct fake_request *request)
{
    uint64_t last = request->addr + request->size - 1;
    uint32_t i;

    for (i = 0; i < ranges->count; i++)
        if (request->addr >= ranges->at[i].first &&
            last <= ranges->at[i].last)
            return true;
    return false;
}

/* Like ioreq_server_select() of Xen. */
static int select_server(const struct fake_domain *domain,
                         const struct fake_request *request)
{
    int id;

    for (id = FAKE_SERVERS_MAX - 1; id >= 0; id--) {
        const struct fake_server *server = &domain->servers[id];

        if (atomic_load(&server->is_used) &&
            atomic_load(&server->is_enabled) &&
            fake_ranges_contain(&server->ranges[XEN_DMOP_IO_RANGE_PORT],
                                request))
            return id;
    }
    return -1;
}

static void fill_slot(volatile struct ioreq *slot,
                      const struct fake_request *request)
{
    slot->addr = request->addr;
    slot->data = request->data;
    slot->count = request->count;
    slot->size = request->size;
    slot->type = request->type;
    slot->dir = request->is_read ? IOREQ_READ : IOREQ_WRITE;
    slot->data_is_ptr = request->data_is_ptr;
    slot->df = request->df;
}

/* Like ioreq_send(). */
static void send_request(struct fake_guest *guest, unsigned int vcpu,
                         int server, const struct fake_request *request)
{
    struct fake_domain *domain = guest->domain;
    volatile struct ioreq *slot = slot_at(guest, server, vcpu);

    if (slot->state != STATE_IOREQ_NONE) {
        fake_violation("domain %u vCPU %u: the slot's state is %u before a "
                       "request", domain->domid, vcpu, slot->state);
        fake_crash(domain);
    }
    fill_slot(slot, request);
    atomic_store(&domain->channels[server][vcpu].was_taken, 0);
    atomic_thread_fence(memory_order_seq_cst);
    slot->state = STATE_IOREQ_READY;
    atomic_thread_fence(memory_order_seq_cst);
    fake_guest_notify(guest, server, vcpu);
    guest->waits_for[vcpu] = server;
}

/* Like hvmemul_do_io(). */
void fake_guest_start(struct fake_guest *guest, unsigned int vcpu, int server,
                      const struct fake_request *request)
{
    uint64_t *answer = &guest->answers[vcpu];

    guest->waits_for[vcpu] = -1;
    *answer = UINT64_MAX;
    fake_guest_enter_dispatch(guest->domain);
    if (server < 0)
        server = select_server(guest->domain, request);
    if (server >= 0 && !fake_post(guest, server, request) &&
        !fake_read_shadow(guest, server, request, answer))
        send_request(guest, vcpu, server, request);
    fake_guest_leave_dispatch(guest->domain);
}

uint8_t fake_guest_state(struct fake_guest *guest, unsigned int vcpu)
{
    int server = guest->waits_for[vcpu];

    return server < 0 ? STATE_IOREQ_NONE : slot_at(guest, server, vcpu)->state;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Sleeps until the next event.  False: the deadline has passed. */
static bool wait_event(struct fake_channel *channel, uint32_t seen,
                       int64_t deadline_ms)
{
    int64_t left = deadline_ms - now_ms();

    if (left <= 0)
        return false;
    fake_futex_wait(&channel->events, seen, left);
    return true;
}

/* Like wait_for_io(). */
enum fake_guest_result fake_guest_finish(struct fake_guest *guest,
                                         unsigned int vcpu, int timeout_ms,
                                         uint64_t *data)
{
    struct fake_domain *domain = guest->domain;
    int64_t deadline = now_ms() + timeout_ms;
    int server = guest->waits_for[vcpu];
    struct fake_channel *channel;
    volatile struct ioreq *slot;
    uint8_t state, previous = STATE_IOREQ_READY;

    *data = guest->answers[vcpu];
    if (server < 0)
        return FAKE_GUEST_OK;
    channel = &domain->channels[server][vcpu];
    slot = slot_at(guest, server, vcpu);
    for (;;) {
        uint32_t seen = atomic_load(&channel->events);

        if (atomic_load(&domain->is_crashed))
            return FAKE_GUEST_CRASHED;
        state = slot->state;
        if (state < previous) {
            fake_violation("domain %u vCPU %u: weird ioreq state transition "
                           "%u -> %u", domain->domid, vcpu, previous, state);
            fake_crash(domain);
            return FAKE_GUEST_CRASHED;
        }
        previous = state;
        if (state == STATE_IORESP_READY)
            break;
        if (!wait_event(channel, seen, deadline))
            return FAKE_GUEST_TIMEOUT;
    }
    atomic_thread_fence(memory_order_seq_cst);
    *data = slot->data;
    slot->state = STATE_IOREQ_NONE;
    guest->waits_for[vcpu] = -1;
    return FAKE_GUEST_OK;
}

enum fake_guest_result fake_guest_access(struct fake_guest *guest,
                                         unsigned int vcpu,
                                         const struct fake_request *request,
                                         uint64_t *data)
{
    fake_guest_start(guest, vcpu, -1, request);
    return fake_guest_finish(guest, vcpu, FAKE_GUEST_TIMEOUT_MS, data);
}

enum fake_guest_result fake_out(struct fake_guest *guest, unsigned int vcpu,
                                uint16_t port, unsigned int size,
                                uint32_t value)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO,
        .addr = port,
        .size = size,
        .count = 1,
        .data = value,
    };
    uint64_t data;

    return fake_guest_access(guest, vcpu, &request, &data);
}

uint32_t fake_in(struct fake_guest *guest, unsigned int vcpu, uint16_t port,
                 unsigned int size)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO,
        .addr = port,
        .size = size,
        .count = 1,
        .is_read = true,
    };
    uint64_t data;

    fake_guest_access(guest, vcpu, &request, &data);
    return data & (UINT64_MAX >> (64 - 8 * size));
}

enum fake_guest_result fake_rep(struct fake_guest *guest, unsigned int vcpu,
                                bool is_read, uint16_t port,
                                unsigned int size, uint64_t address,
                                uint32_t count, bool df)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO,
        .addr = port,
        .size = size,
        .count = count,
        .data = address,
        .data_is_ptr = true,
        .is_read = is_read,
        .df = df,
    };
    uint64_t data;

    return fake_guest_access(guest, vcpu, &request, &data);
}

/* Like send_invalidate_req(), to every server but QEMU's. */
enum fake_guest_result fake_invalidate(struct fake_guest *guest,
                                       unsigned int vcpu)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_INVALIDATE,
        .size = 4,
        .data = UINT64_MAX,
    };
    enum fake_guest_result result = FAKE_GUEST_OK;
    uint64_t data;
    int id;

    for (id = 1; id < FAKE_SERVERS_MAX && result == FAKE_GUEST_OK; id++) {
        if (!atomic_load(&guest->domain->servers[id].is_enabled))
            continue;
        fake_guest_start(guest, vcpu, id, &request);
        result = fake_guest_finish(guest, vcpu, FAKE_GUEST_TIMEOUT_MS, &data);
    }
    return result;
}

bool fake_guest_wait_irq(struct fake_guest *guest, uint32_t count)
{
    int64_t deadline = now_ms() + FAKE_GUEST_TIMEOUT_MS;

    for (;;) {
        uint32_t seen = atomic_load(&guest->domain->irq_count);

        if (seen >= count)
            return true;
        if (now_ms() >= deadline)
            return false;
        fake_futex_wait(&guest->domain->irq_count, seen, 1000);
    }
}
