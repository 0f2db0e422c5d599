/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_domains.c - domains in the fake hypervisor: they are made, listed and
 * destroyed
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fake-xen/fake_client.h"
#include "fake-xen/fake_hypervisor.h"

/* XEN_DOMCTL_getdomaininfo: tells of the first domain whose number is domid or
 * higher. */
int fake_get_info(struct fake_hypervisor *hypervisor, struct fake_call *call)
{
    struct fake_domain *best = NULL;
    unsigned int i;

    for (i = 0; i < FAKE_DOMAINS_MAX; i++) {
        struct fake_domain *domain = &hypervisor->xen->domains[i];

        if (atomic_load(&domain->is_used) && domain->domid >= call->domid &&
            (!best || domain->domid < best->domid))
            best = domain;
    }
    if (!best)
        return ESRCH;
    call->domid = best->domid;
    call->values[0] = best->is_hvm;
    call->values[1] = atomic_load(&best->is_dying);
    call->values[2] = best->vcpus;
    memcpy(call->text, best->uuid, sizeof(best->uuid));
    call->text_bytes = sizeof(best->uuid);
    return 0;
}

static int open_memory(struct fake_hypervisor *hypervisor, unsigned int index)
{
    char path[256];
    int fd;

    snprintf(path, sizeof(path), "%s/memory.%u", hypervisor->directory,
             index);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, FAKE_PAGES_MAX * (off_t)FAKE_PAGE_BYTES))
        return errno;
    hypervisor->memory_fds[index] = fd;
    return 0;
}

/* Writes into xenstore what libxl writes for a new domain: its name, and news
 * for those who watch. */
static void introduce(struct fake_hypervisor *hypervisor,
                      const struct fake_domain *domain)
{
    char path[64], domid[16];

    snprintf(domid, sizeof(domid), "%u", domain->domid);
    snprintf(path, sizeof(path), "/local/domain/%s/domid", domid);
    fake_store_set(hypervisor, path, domid);
    snprintf(path, sizeof(path), "/local/domain/%s/name", domid);
    fake_store_set(hypervisor, path, domain->name);
    fake_store_fire(hypervisor, "@introduceDomain");
}

int fake_create_domain(struct fake_hypervisor *hypervisor,
                       struct fake_call *call)
{
    struct fake_domain_config config;
    struct fake_domain *domain;
    unsigned int i;
    int rc;

    memcpy(&config, call->text, sizeof(config));
    if (fake_find_domain(hypervisor->xen, call->domid))
        return EEXIST;
    if (config.vcpus > FAKE_VCPUS_MAX || config.pages > FAKE_PAGES_MAX)
        return EINVAL;
    for (i = 0; i < FAKE_DOMAINS_MAX; i++)
        if (!atomic_load(&hypervisor->xen->domains[i].is_used))
            break;
    if (i == FAKE_DOMAINS_MAX)
        return ENOMEM;
    rc = open_memory(hypervisor, i);
    if (rc)
        return rc;
    domain = &hypervisor->xen->domains[i];
    memset((void *)domain, 0, sizeof(*domain));
    domain->domid = call->domid;
    memcpy(domain->name, config.name, sizeof(domain->name));
    memcpy(domain->uuid, config.uuid, sizeof(domain->uuid));
    domain->is_hvm = config.is_hvm;
    domain->vcpus = config.vcpus;
    domain->pages = config.pages;
    memset(domain->page_kind, FAKE_PAGE_RAM, config.pages);
    if (config.is_hvm) {
        /* Server 0 is QEMU's, which is there first. */
        atomic_store(&domain->servers[0].is_used, 1);
        atomic_store(&domain->servers[0].is_enabled, 1);
    }
    atomic_store(&domain->is_used, 1);
    call->text_bytes = 0;
    call->values[0] = i;
    introduce(hypervisor, domain);
    return 0;
}

/* Whoever waits in the domain sees by its futexes that it died. */
int fake_destroy_domain(struct fake_hypervisor *hypervisor,
                        struct fake_call *call)
{
    struct fake_domain *domain = fake_find_domain(hypervisor->xen,
                                                  call->domid);
    uint32_t index;
    char path[64];

    if (!domain)
        return ESRCH;
    index = fake_domain_index(hypervisor->xen, domain);
    atomic_store(&domain->is_dying, 1);
    fake_crash(domain);
    atomic_store(&domain->is_used, 0);
    fake_futex_wake(&domain->irq_count);
    close(hypervisor->memory_fds[index]);
    hypervisor->memory_fds[index] = -1;
    snprintf(path, sizeof(path), "/local/domain/%u", call->domid);
    fake_store_remove(hypervisor, path);
    snprintf(path, sizeof(path), "/libxl/%u", call->domid);
    fake_store_remove(hypervisor, path);
    fake_store_fire(hypervisor, "@releaseDomain");
    return 0;
}

int fake_set_page(struct fake_hypervisor *hypervisor, struct fake_call *call)
{
    struct fake_domain *domain = fake_find_domain(hypervisor->xen,
                                                  call->domid);

    if (!domain)
        return ESRCH;
    if (call->values[0] >= FAKE_PAGES_MAX)
        return EINVAL;
    domain->page_kind[call->values[0]] = call->values[1];
    return 0;
}
