/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_hypercalls.c - what Xen does for an ioreq server, and dom0's kernel for
 * privcmd and evtchn
 *
 * As xen/common/ioreq.c of 4.17, with its error numbers.
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

#include "fake-xen/fake_client.h"
#include "fake-xen/fake_hypervisor.h"
#include "uart/xen_extensions.h"

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

/* Finds the domain that a call is about, and its server, which is values[0].
 */
static int find_both(struct fake_hypervisor *hypervisor,
                     const struct fake_call *call, struct fake_domain **domain,
                     struct fake_server **server)
{
    *domain = find(hypervisor, call);
    if (!*domain)
        return ESRCH;
    *server = find_server(*domain, call->values[0]);
    return *server ? 0 : ENOENT;
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

static void clear_channel(struct fake_channel *channel)
{
    atomic_store(&channel->handle, 0);
    atomic_store(&channel->flags, 0);
    atomic_store(&channel->was_taken, 0);
}

/* The pages of a new server: its slots hold no request, and the port that each
 * vCPU's event channel has on the guest's side. */
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
        slots[vcpu].vp_eport = fake_guest_port(server, vcpu);
        clear_channel(&domain->channels[server][vcpu]);
    }
    clear_channel(&domain->channels[server][FAKE_CHANNEL_BUFFERED]);
    munmap(pages, FAKE_PAGES_A_SERVER * FAKE_PAGE_BYTES);
    return 0;
}

int fake_create_server(struct fake_hypervisor *hypervisor,
                       struct fake_call *call)
{
    struct fake_domain *domain = find(hypervisor, call);
    struct fake_server *server;
    uint32_t id, type;
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
    server->buffering = call->values[0];
    for (type = 0; type < FAKE_RANGE_TYPES; type++)
        server->ranges[type].count = 0;
    atomic_store(&server->buffered_lock, 0);
    atomic_store(&server->has_shadow, 0);
    atomic_store(&server->is_enabled, 0);
    atomic_store(&server->is_used, 1);
    domain_unpause(domain);
    call->values[0] = id;
    return 0;
}

static bool is_range_type(const struct fake_xen *xen, uint64_t type)
{
    return type <= (atomic_load(&xen->patch) == FAKE_PATCH_NONE
                        ? XEN_DMOP_IO_RANGE_PCI : XEN_DMOP_IO_RANGE_SHADOW);
}

static bool contain(const struct fake_ranges *ranges, uint64_t first,
                    uint64_t last)
{
    uint32_t i;

    for (i = 0; i < ranges->count; i++)
        if (first >= ranges->at[i].first && last <= ranges->at[i].last)
            return true;
    return false;
}

/* As check_port_attr() of xen-patch. */
static int check_attribute(const struct fake_server *server, uint64_t type,
                           uint64_t first, uint64_t last)
{
    if (last > UINT16_MAX)
        return EINVAL;
    if (!contain(&server->ranges[XEN_DMOP_IO_RANGE_PORT], first, last))
        return ENOENT;
    if (type == XEN_DMOP_IO_RANGE_POSTED)
        return server->buffering == HVM_IOREQSRV_BUFIOREQ_ATOMIC
                   ? 0 : EOPNOTSUPP;
    return atomic_load(&server->has_shadow) ? 0 : EOPNOTSUPP;
}

int fake_map_range(struct fake_hypervisor *hypervisor, struct fake_call *call)
{
    struct fake_domain *domain = find(hypervisor, call);
    uint64_t first = call->values[1], last = call->values[2];
    struct fake_ranges *ranges;
    struct fake_server *server;
    uint32_t i;
    int rc;

    if (!domain)
        return ESRCH;
    server = find_server(domain, call->values[0]);
    if (first > last)
        return EINVAL;
    if (!server)
        return ENOENT;
    if (!is_range_type(hypervisor->xen, call->values[3]))
        return EINVAL;
    if (call->values[3] > XEN_DMOP_IO_RANGE_PCI &&
        atomic_load(&hypervisor->xen->patch) == FAKE_PATCH_OURS) {
        rc = check_attribute(server, call->values[3], first, last);
        if (rc)
            return rc;
    }
    ranges = &server->ranges[call->values[3]];
    for (i = 0; i < ranges->count; i++)
        if (first <= ranges->at[i].last && last >= ranges->at[i].first)
            return EEXIST;
    if (ranges->count == FAKE_RANGES_MAX)
        return ENOSPC;
    domain_pause(domain);
    ranges->at[ranges->count].first = first;
    ranges->at[ranges->count].last = last;
    ranges->count++;
    domain_unpause(domain);
    return 0;
}

/* values: the members of struct xen_dm_op_query_port_attrs. */
int fake_query_attributes(struct fake_hypervisor *hypervisor,
                          struct fake_call *call)
{
    if (!find(hypervisor, call))
        return ESRCH;
    switch (atomic_load(&hypervisor->xen->patch)) {
    case FAKE_PATCH_OURS:
        if (call->values[0] != XEN_DMOP_PORT_ATTRS_QUERY || call->values[1])
            return EINVAL;
        call->values[0] = XEN_DMOP_PORT_ATTRS_REPLY;
        call->values[1] = 1u << XEN_DMOP_IO_RANGE_POSTED |
                          1u << XEN_DMOP_IO_RANGE_SHADOW;
        return 0;
    case FAKE_PATCH_OTHER: /* some operation whose result has all bits set */
        call->values[1] = UINT32_MAX;
        return 0;
    default:
        return EOPNOTSUPP;
    }
}

/* The call with XEN_DMOP_no_gfns. */
int fake_server_info(struct fake_hypervisor *hypervisor,
                     struct fake_call *call)
{
    struct fake_domain *domain;
    struct fake_server *server;
    int rc = find_both(hypervisor, call, &domain, &server);

    if (rc)
        return rc;
    call->values[0] = server->buffering == HVM_IOREQSRV_BUFIOREQ_OFF
                          ? 0 : fake_guest_port(call->values[0],
                                                FAKE_CHANNEL_BUFFERED);
    return 0;
}

int fake_set_state(struct fake_hypervisor *hypervisor, struct fake_call *call)
{
    struct fake_domain *domain;
    struct fake_server *server;
    int rc = find_both(hypervisor, call, &domain, &server);

    if (rc)
        return rc;
    domain_pause(domain);
    atomic_store(&server->is_enabled, call->values[1] != 0);
    domain_unpause(domain);
    return 0;
}

/* A rule is broken if a vCPU still waits: Xen would let it wait for ever. */
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
    struct fake_domain *domain;
    struct fake_server *server;
    uint32_t channel;
    int rc = find_both(hypervisor, call, &domain, &server);

    if (rc)
        return rc;
    domain_pause(domain);
    check_no_request(hypervisor, domain, call->values[0]);
    atomic_store(&server->is_enabled, 0);
    atomic_store(&server->is_used, 0);
    for (channel = 0; channel < FAKE_CHANNELS; channel++)
        atomic_store(&domain->channels[call->values[0]][channel].handle, 0);
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
    bool is_shadow = call->values[0] == XENMEM_resource_ioreq_server_shadow;
    struct fake_server *server;

    if (!domain)
        return ESRCH;
    if (is_shadow ? atomic_load(&hypervisor->xen->patch) == FAKE_PATCH_NONE
                  : call->values[0] != XENMEM_resource_ioreq_server)
        return EOPNOTSUPP;
    if (!count || frame + count > (is_shadow ? 1 : FAKE_FRAMES_A_SERVER))
        return EINVAL;
    server = find_server(domain, call->values[1]);
    if (!server)
        return ENOENT;
    if (!is_shadow && frame == XENMEM_resource_ioreq_server_frame_bufioreq &&
        server->buffering == HVM_IOREQSRV_BUFIOREQ_OFF)
        return ENOENT;
    if (is_shadow)
        atomic_store(&server->has_shadow, 1);
    call->values[0] = fake_page_offset(
        fake_domain_index(hypervisor->xen, domain), call->values[1],
        is_shadow ? FAKE_PAGE_SHADOW : frame);
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

static bool has_channel(const struct fake_domain *domain,
                        const struct fake_server *server, uint32_t number)
{
    if (!server)
        return false;
    if (number == FAKE_CHANNEL_BUFFERED)
        return server->buffering != HVM_IOREQSRV_BUFIOREQ_OFF;
    return number < domain->vcpus;
}

int fake_bind(struct fake_hypervisor *hypervisor, struct fake_call *call,
              const struct fake_peer *peer)
{
    struct fake_domain *domain = find(hypervisor, call);
    uint32_t at = call->values[0] - FAKE_GUEST_PORT_BASE;
    uint32_t id = at / FAKE_CHANNELS, number = at % FAKE_CHANNELS;
    struct fake_channel *channel;
    uint32_t port;

    if (!domain)
        return ESRCH;
    if (!has_channel(domain, find_server(domain, id), number))
        return EINVAL;
    channel = &domain->channels[id][number];
    if (atomic_load(&channel->handle))
        return EINVAL; /* another handle has it */
    port = fake_local_port(fake_domain_index(hypervisor->xen, domain), id,
                           number);
    /* As evtchn_bind_interdomain(): events that came while nobody was bound
     * may be lost, so one comes in any case. */
    atomic_store(&channel->flags, FAKE_EVENT_MASKED);
    atomic_store(&channel->handle, peer->number + 1);
    if (write(hypervisor->fifos[peer->number], &port, sizeof(port)) < 0)
        return EIO;
    call->values[0] = port;
    return 0;
}

void fake_release_handle(struct fake_hypervisor *hypervisor, uint32_t handle)
{
    unsigned int domain, server, channel;

    for (domain = 0; domain < FAKE_DOMAINS_MAX; domain++) {
        struct fake_domain *at = &hypervisor->xen->domains[domain];

        if (!atomic_load(&at->is_used))
            continue;
        for (server = 0; server < FAKE_SERVERS_MAX; server++)
            for (channel = 0; channel < FAKE_CHANNELS; channel++)
                if (at->channels[server][channel].handle == handle + 1)
                    at->channels[server][channel].handle = 0;
    }
    hypervisor->is_handle_used[handle] = false;
}
