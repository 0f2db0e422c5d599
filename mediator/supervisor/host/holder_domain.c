/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * holder_domain.c - the domain that owns a passed-through card: found, made,
 * destroyed
 */
#include "supervisor/host/holder_domain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nic/nic.h"
#include "shared/log.h"
#include "supervisor/host/domain_handles.h"

#define MEMORY_ORDER   9 /* 2 MiB, the most that dom0 may ask for at once */
#define MEMORY_PAGES   (1u << MEMORY_ORDER)
#define SPARE_PAGES    16 /* what Xen counts besides the memory itself */
#define PAGE_KIB       4
#define INFO_BATCH     64
#define PATH_BYTES     96

_Static_assert(MEMORY_PAGES >= NIC_DMA_PAGES, "the card needs more memory");

/* The UUID is one of our own making (RFC 9562, version 8), which ends with the
 * card's place. */
static void make_uuid(const struct pci_address *card,
                      xen_domain_handle_t uuid)
{
    static const uint8_t prefix[10] = {
        'm', 'e', 'd', 'i', 'a', 't', 0x8f, 'r', 0x80, 0,
    };
    const uint8_t place[6] = {
        card->segment >> 8, card->segment & 0xff, card->bus, card->device,
        card->function, 0,
    };

    memcpy(uuid, prefix, sizeof(prefix));
    memcpy(uuid + sizeof(prefix), place, sizeof(place));
}

/* ---- xenstore ---- */

static void node_path(char path[PATH_BYTES], uint32_t domid,
                      const char *node)
{
    snprintf(path, PATH_BYTES, "/local/domain/%u%s", domid, node);
}

static int write_node(struct domains *domains, uint32_t domid,
                      const char *node, const char *text)
{
    char path[PATH_BYTES];

    node_path(path, domid, node);
    if (!store_write(domains->store, XBT_NULL, path, text))
        return log_errno("cannot write %s to xenstore", path);
    return 0;
}

/* False when there is no such node; a text that is too long is cut. */
static bool read_node(struct domains *domains, uint32_t domid,
                      const char *node, char *text, size_t bytes)
{
    char path[PATH_BYTES];
    char *value;

    node_path(path, domid, node);
    value = store_read(domains->store, XBT_NULL, path, NULL);
    if (!value)
        return false;
    snprintf(text, bytes, "%s", value);
    free(value);
    return true;
}

/* These nodes, which only dom0 can write, tell a successor what it needs to
 * know.  The frame is written last: a holder without it was never finished. */
#define NODE_NAME  "/name"
#define NODE_IOMMU "/mediatord/iommu" /* "on", "off" */
#define NODE_FRAME "/mediatord/frame" /* the first, hexadecimal */

static int write_record(struct domains *domains,
                        const struct holder_domain *holder)
{
    char text[32];
    int rc = write_node(domains, holder->domid, NODE_NAME, holder->name);

    if (!rc)
        rc = write_node(domains, holder->domid, NODE_IOMMU,
                        holder->is_contained ? "on" : "off");
    snprintf(text, sizeof(text), "%" PRIx64, holder->first_frame);
    return rc ? rc : write_node(domains, holder->domid, NODE_FRAME, text);
}

static bool read_record(struct domains *domains, struct holder_domain *holder)
{
    char frame[32], iommu[8], *end;

    if (!read_node(domains, holder->domid, NODE_FRAME, frame,
                   sizeof(frame)) ||
        !read_node(domains, holder->domid, NODE_IOMMU, iommu, sizeof(iommu)))
        return false;
    holder->first_frame = strtoull(frame, &end, 16);
    holder->is_contained = !strcmp(iommu, "on");
    return end != frame && !*end && holder->first_frame;
}

/* ---- Xen ---- */

/* False when there is no holder; one that is dying is none. */
static bool find(struct domains *domains, const struct pci_address *card,
                 uint32_t *domid)
{
    xc_domaininfo_t all[INFO_BATCH];
    xen_domain_handle_t uuid;
    uint32_t first = 0;
    int count, i;

    make_uuid(card, uuid);
    while ((count = xc_domain_getinfolist(domains->xc, first, INFO_BATCH,
                                          all)) > 0) {
        for (i = 0; i < count; i++) {
            if (memcmp(all[i].handle, uuid, sizeof(uuid)) ||
                (all[i].flags & XEN_DOMINF_dying))
                continue;
            *domid = all[i].domain;
            return true;
        }
        first = all[count - 1].domain + 1;
    }
    return false;
}

static int destroy(struct domains *domains, uint32_t domid)
{
    char path[PATH_BYTES];
    int r;

    do {
        r = xc_domain_destroy(domains->xc, domid);
    } while (r && (errno == EAGAIN || errno == EINTR));
    if (r && errno != ESRCH)
        return log_errno("cannot destroy the holder domain %u; try xl "
                         "destroy %u", domid, domid);
    node_path(path, domid, "");
    store_remove(domains->store, XBT_NULL, path);
    return 0;
}

static int allocate(struct domains *domains, struct holder_domain *holder)
{
    xen_pfn_t extent = 0;

    if (xc_domain_setmaxmem(domains->xc, holder->domid,
                            (MEMORY_PAGES + SPARE_PAGES) * PAGE_KIB))
        return log_errno("cannot give memory to the holder domain %u",
                         holder->domid);
    /* The extent of a PV domain is returned as a machine frame. */
    if (xc_domain_populate_physmap_exact(domains->xc, holder->domid, 1,
                                         MEMORY_ORDER,
                                         XENMEMF_address_bits(32), &extent))
        return log_error("Xen has no 2 MiB in one piece below 4 GiB for the "
                         "network card; give dom0 less (dom0_mem=), or start "
                         "mediatord before the guests");
    holder->first_frame = extent;
    holder->pages = MEMORY_PAGES;
    return 0;
}

static int create(struct domains *domains, struct holder_domain *holder,
                  const struct pci_address *card, bool has_iommu)
{
    /* xl shutdown -a leaves a domain with XEN_DOMCTL_CDF_xs_domain alone. */
    struct xen_domctl_createdomain config = {
        .flags = XEN_DOMCTL_CDF_xs_domain |
                 (has_iommu ? XEN_DOMCTL_CDF_iommu : 0),
        .max_vcpus = 1,
        .max_evtchn_port = 1,
        .max_grant_frames = -1,
        .max_maptrack_frames = -1,
        .grant_opts = XEN_DOMCTL_GRANT_version(1),
    };

    make_uuid(card, config.handle);
    if (xc_domain_create(domains->xc, &holder->domid, &config))
        return log_errno("cannot make a holder domain for network card "
                         "%s; does Xen allow PV domains?", card->text);
    return allocate(domains, holder);
}

static bool has_iommu(struct domains *domains)
{
    xc_physinfo_t info = { 0 };

    return !xc_physinfo(domains->xc, &info) &&
           (info.capabilities & XEN_SYSCTL_PHYSCAP_directio);
}

static int assign(struct domains *domains, struct holder_domain *holder,
                  const struct pci_address *card)
{
    if (!xc_assign_device(domains->xc, holder->domid,
                          pci_address_sbdf(card), 0)) {
        holder->is_contained = true;
        return 0;
    }
    if (errno == EBUSY)
        return log_error("network card %s is assigned to a guest; choose "
                         "another card, or take it away first: xl pci-detach",
                         card->text);
    return log_errno("Xen does not put network card %s behind the IOMMU; "
                     "xl dmesg says why.  Without that the card could "
                     "write anywhere in memory; iommu = \"off\" in "
                     "mediator.cfg accepts it", card->text);
}

/* A holder that is found still has its card, for which Xen says EBUSY, unless
 * Linux took the card away meanwhile: if it was removed from the bus and found
 * again, say. */
static int adopt(struct domains *domains, struct holder_domain *holder,
                 const struct pci_address *card)
{
    holder->pages = MEMORY_PAGES;
    if (holder->is_contained &&
        xc_assign_device(domains->xc, holder->domid, pci_address_sbdf(card),
                         0) && errno != EBUSY)
        return log_errno("Xen does not put network card %s behind the "
                         "IOMMU again; mediatorctl nic release makes a "
                         "fresh start", card->text);
    return 0;
}

/* Xen keeps the card of a destroyed domain in quarantine, as if it were
 * DOMID_IO's; this gives it to dom0. */
static void return_card(struct domains *domains,
                        const struct pci_address *card)
{
    xc_deassign_device(domains->xc, DOMID_IO, pci_address_sbdf(card));
}

static int refuse_without_store(const struct pci_address *card)
{
    return log_error("xenstored does not answer, which knows the holder "
                     "domain of network card %s; see systemctl status "
                     "xenstored", card->text);
}

int holder_domain_open(struct holder_domain *holder, struct domains *domains,
                       const struct pci_address *card, bool wants_iommu)
{
    int rc;

    *holder = (struct holder_domain){ .domid = 0 };
    if (wants_iommu && !has_iommu(domains))
        return log_error("Xen has no IOMMU here, so network card %s could "
                         "write anywhere in memory; turn VT-d or AMD-Vi on in "
                         "the firmware and in Xen (iommu=on), or accept the "
                         "risk: iommu = \"off\" in mediator.cfg", card->text);
    snprintf(holder->name, sizeof(holder->name), "mediatord-nic-%s",
             card->text);
    if (find(domains, card, &holder->domid)) {
        bool has_record = read_record(domains, holder);

        /* A record that cannot be read is no reason to destroy a holder. */
        if (!store_is_connected(domains->store))
            return refuse_without_store(card);
        if (has_record && holder->is_contained == wants_iommu)
            return adopt(domains, holder, card);
        rc = holder_domain_destroy(domains, card);
        if (rc)
            return rc;
        holder->domid = 0;
        holder->is_contained = false;
    }
    rc = create(domains, holder, card, wants_iommu);
    if (!rc && wants_iommu)
        rc = assign(domains, holder, card);
    if (!rc)
        rc = write_record(domains, holder);
    if (rc && holder->domid)
        destroy(domains, holder->domid);
    return rc;
}

int holder_domain_destroy(struct domains *domains,
                          const struct pci_address *card)
{
    uint32_t domid;
    int rc = 0;

    if (find(domains, card, &domid)) {
        xc_deassign_device(domains->xc, domid, pci_address_sbdf(card));
        rc = destroy(domains, domid);
    }
    return_card(domains, card);
    return rc;
}
