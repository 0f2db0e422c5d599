/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Xen does for an ioreq server: xen/common/ioreq.c of 4.17, with its
 * error numbers, and what dom0's kernel does for privcmd and evtchn.
 */
#define __XEN_TOOLS__ 1
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>

#include "fake_client.h"
#include "fake_hypervisor.h"

static struct fake_domain *find(struct fake_hypervisor *hypervisor,
                                const struct fake_call *call)
{
    return fake_find_domain(hypervisor->xen, call->domid);
}

static struct fake_server *find_server(struct fake_domain *domain,
                                       uint64_t server)
{
    if (server >= FAKE_SERVERS_MAX ||
        !atomic_load(&domain->servers[server].is_used))
        return NULL;
    return &domain->servers[server];
}

static void domain_pause(struct fake_domain *domain)
{
    atomic_store(&domain->is_paused, 1);
    while (atomic_load(&domain->dispatching))
        sched_yield();
}

static void domain_unpause(struct fake_domain *domain)
{
    atomic_store(&domain->is_paused, 0);
    fake_futex_wake(&domain->is_paused);
}

static uint8_t *map_slots(struct fake_hypervisor *hypervisor,
                          struct fake_domain *domain, uint32_t server)
{
    uint32_t index = fake_domain_index(hypervisor->xen, domain);

    return mmap(NULL, FAKE_PAGES_A_SERVER * FAKE_PAGE_BYTES,
                PROT_READ | PROT_WRITE, MAP_SHARED, hypervisor->ioreq_fd,
                fake_page_offset(index, server, 0));
}

/* A new server's pages: no request, and the port that each vCPU's event
 * channel has on the guest's side. */
static int clear_slots(struct fake_hypervisor *hypervisor,
                       struct fake_domain *domain, uint32_t server)
{
    uint8_t *pages = map_slots(hypervisor, domain, server);
    struct ioreq *slots = (struct ioreq *)(pages + FAKE_PAGE_BYTES);
    uint32_t vcpu;

    if (pages == MAP_FAILED)
        return ENOMEM;
    memset(pages, 0, FAKE_PAGES_A_SERVER * FAKE_PAGE_BYTES);
    for (vcpu = 0; vcpu < domain->vcpus; vcpu++) {
        struct fake_channel *channel = &domain->channels[server][vcpu];

        slots[vcpu].vp_eport = fake_guest_port(server, vcpu);
        atomic_store(&channel->handle, 0);
        atomic_store(&channel->flags, 0);
        atomic_store(&channel->was_taken, 0);
    }
    munmap(pages, FAKE_PAGES_A_SERVER * FAKE_PAGE_BYTES);
    return 0;
}

int fake_create_server(struct fake_hypervisor *hypervisor,
                       struct fake_call *call)
{
    struct fake_domain *domain = find(hypervisor, call);
    struct fake_server *server;
    uint32_t id;
    int rc;

    if (!domain)
        return ESRCH;
    if (!domain->is_hvm)
        return EINVAL;
    for (id = 0; id < FAKE_SERVERS_MAX; id++)
        if (!atomic_load(&domain->servers[id].is_used))
            break;
    if (id == FAKE_SERVERS_MAX)
        return ENOSPC;
    server = &domain->servers[id];
    rc = clear_slots(hypervisor, domain, id);
    if (rc)
        return rc;
    domain_pause(domain);
    server->is_buffered = call->values[0] != HVM_IOREQSRV_BUFIOREQ_OFF;
    server->range_count = 0;
    atomic_store(&server->is_enabled, 0);
    atomic_store(&server->is_used, 1);
    domain_unpause(domain);
    call->values[0] = id;
    return 0;
}

int fake_map_range(struct fake_hypervisor *hypervisor, struct fake_call *call)
{
    struct fake_domain *domain = find(hypervisor, call);
    uint64_t first = call->values[1], last = call->values[2];
    struct fake_server *server;
    uint32_t i;

    if (!domain)
        return ESRCH;
    server = find_server(domain, call->values[0]);
    if (first > last)
        return EINVAL;
    if (!server)
        return ENOENT;
    for (i = 0; i < server->range_count; i++)
        if (first <= server->ranges[i].last && last >= server->ranges[i].first)
            return EEXIST;
    if (server->range_count == FAKE_RANGES_MAX)
        return ENOSPC;
    domain_pause(domain);
    server->ranges[server->range_count].first = first;
    server->ranges[server->range_count].last = last;
    server->range_count++;
    domain_unpause(domain);
    return 0;
}

int fake_set_state(struct fake_hypervisor *hypervisor, struct fake_call *call)
{
    struct fake_domain *domain = find(hypervisor, call);
    struct fake_server *server;

    if (!domain)
        return ESRCH;
    server = find_server(domain, call->values[0]);
    if (!server)
        return ENOENT;
    domain_pause(domain);
    atomic_store(&server->is_enabled, call->values[1] != 0);
    domain_unpause(domain);
    return 0;
}

/* Xen would leave the vCPU waiting for ever. */
static void check_no_request(struct fake_hypervisor *hypervisor,
                             struct fake_domain *domain, uint32_t id)
{
    uint8_t *pages = map_slots(hypervisor, domain, id);
    const struct ioreq *slots = (struct ioreq *)(pages + FAKE_PAGE_BYTES);
    uint32_t vcpu;

    if (pages == MAP_FAILED)
        return;
    for (vcpu = 0; vcpu < domain->vcpus; vcpu++)
        if (slots[vcpu].state == STATE_IOREQ_READY ||
            slots[vcpu].state == STATE_IOREQ_INPROCESS) {
            fake_violation("server %u of domain %u destroyed while vCPU %u "
                           "waits for it", id, domain->domid, vcpu);
            fake_crash(domain);
        }
    munmap(pages, FAKE_PAGES_A_SERVER * FAKE_PAGE_BYTES);
}

int fake_destroy_server(struct fake_hypervisor *hypervisor,
                        struct fake_call *call)
{
    struct fake_domain *domain = find(hypervisor, call);
    struct fake_server *server;
    uint32_t vcpu;

    if (!domain)
        return ESRCH;
    server = find_server(domain, call->values[0]);
    if (!server)
        return ENOENT;
    domain_pause(domain);
    check_no_request(hypervisor, domain, call->values[0]);
    atomic_store(&server->is_enabled, 0);
    atomic_store(&server->is_used, 0);
    for (vcpu = 0; vcpu < domain->vcpus; vcpu++)
        atomic_store(&domain->channels[call->values[0]][vcpu].handle, 0);
    domain_unpause(domain);
    return 0;
}

int fake_nr_vcpus(struct fake_hypervisor *hypervisor, struct fake_call *call)
{
    struct fake_domain *domain = find(hypervisor, call);

    if (!domain)
        return ESRCH;
    call->values[0] = domain->vcpus;
    return 0;
}

int fake_set_irq(struct fake_hypervisor *hypervisor, struct fake_call *call)
{
    struct fake_domain *domain = find(hypervisor, call);
    uint32_t count;

    if (!domain)
        return ESRCH;
    if (!domain->is_hvm || call->values[0] >= FAKE_IRQS ||
        call->values[1] > 1)
        return EINVAL;
    count = atomic_load(&domain->irq_count);
    domain->irq_log[count % FAKE_IRQ_LOG] = (struct fake_irq_event){
        .irq = call->values[0],
        .level = call->values[1],
    };
    atomic_store(&domain->irq_level[call->values[0]], call->values[1]);
    atomic_store(&domain->irq_count, count + 1);
    fake_futex_wake(&domain->irq_count);
    return 0;
}

int fake_map_resource(struct fake_hypervisor *hypervisor,
                      struct fake_call *call, int *fd)
{
    struct fake_domain *domain = find(hypervisor, call);
    uint64_t frame = call->values[2], count = call->values[3];
    struct fake_server *server;

    if (!domain)
        return ESRCH;
    if (call->values[0] != XENMEM_resource_ioreq_server)
        return EOPNOTSUPP;
    server = find_server(domain, call->values[1]);
    if (!server)
        return ENOENT;
    if (!count || frame + count > FAKE_PAGES_A_SERVER)
        return EINVAL;
    if (frame == XENMEM_resource_ioreq_server_frame_bufioreq &&
        !server->is_buffered)
        return EINVAL;
    call->values[0] = fake_page_offset(
        fake_domain_index(hypervisor->xen, domain), call->values[1], frame);
    *fd = hypervisor->ioreq_fd;
    return 0;
}

int fake_map_page(struct fake_hypervisor *hypervisor, struct fake_call *call,
                  int *fd)
{
    struct fake_domain *domain = find(hypervisor, call);
    uint64_t frame = call->values[0];
    bool is_write = call->values[1];

    if (!domain)
        return ESRCH;
    if (frame >= FAKE_PAGES_MAX ||
        domain->page_kind[frame] == FAKE_PAGE_HOLE ||
        (is_write && domain->page_kind[frame] == FAKE_PAGE_ROM))
        return EINVAL;
    call->values[0] = frame * FAKE_PAGE_BYTES;
    *fd = hypervisor->memory_fds[fake_domain_index(hypervisor->xen, domain)];
    return 0;
}

int fake_bind(struct fake_hypervisor *hypervisor, struct fake_call *call,
              const struct fake_peer *peer)
{
    struct fake_domain *domain = find(hypervisor, call);
    uint32_t at = call->values[0] - FAKE_GUEST_PORT_BASE;
    uint32_t id = at / FAKE_VCPUS_MAX, vcpu = at % FAKE_VCPUS_MAX;
    struct fake_channel *channel;
    uint32_t port;

    if (!domain)
        return ESRCH;
    if (!find_server(domain, id) || vcpu >= domain->vcpus)
        return EINVAL;
    channel = &domain->channels[id][vcpu];
    if (atomic_load(&channel->handle))
        return EINVAL; /* somebody else has it */
    port = fake_local_port(fake_domain_index(hypervisor->xen, domain), id,
                           vcpu);
    /* evtchn_bind_interdomain(): what came while nobody was bound may be
     * lost, so one event comes in any case. */
    atomic_store(&channel->flags, FAKE_EVENT_MASKED);
    atomic_store(&channel->handle, peer->number + 1);
    if (write(hypervisor->fifos[peer->number], &port, sizeof(port)) < 0)
        return EIO;
    call->values[0] = port;
    return 0;
}

void fake_release_handle(struct fake_hypervisor *hypervisor, uint32_t handle)
{
    unsigned int domain, server, vcpu;

    for (domain = 0; domain < FAKE_DOMAINS_MAX; domain++) {
        struct fake_domain *at = &hypervisor->xen->domains[domain];

        if (!atomic_load(&at->is_used))
            continue;
        for (server = 0; server < FAKE_SERVERS_MAX; server++)
            for (vcpu = 0; vcpu < at->vcpus; vcpu++)
                if (at->channels[server][vcpu].handle == handle + 1)
                    at->channels[server][vcpu].handle = 0;
    }
    hypervisor->is_handle_used[handle] = false;
}
