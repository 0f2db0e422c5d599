/* SPDX-License-Identifier: BSD-2-Clause */
/* nic_passthrough.c - nic = "pci:BDF": the supervisor's part */
#include "supervisor/roles/nic_passthrough.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/log.h"
#include "supervisor/host/pci_device.h"

#define PREFIX "pci:"

bool nic_passthrough_is_wanted(const struct config *config)
{
    return !strncmp(config->nic, PREFIX, strlen(PREFIX));
}

static int parse(const struct config *config, struct pci_address *card)
{
    return pci_address_parse(card, config->nic + strlen(PREFIX));
}

static bool wants_iommu(const struct config *config)
{
    return strcmp(config->iommu, "off") != 0;
}

static void tell(const struct pci_address *card,
                 const struct holder_domain *holder,
                 const struct iommu_facts *facts)
{
    if (holder->is_contained) {
        log_info("network card %s belongs to domain %u, %s; of the host's "
                 "memory it reaches that domain's only", card->text,
                 holder->domid, holder->name);
        iommu_facts_log(facts, card);
    } else {
        log_warning("iommu = \"off\": network card %s, if it or who controls "
                    "it is malicious, can read and write all memory of this "
                    "host", card->text);
    }
}

int nic_passthrough_prepare(const struct config *config,
                            struct domains *domains,
                            struct holder_domain *holder,
                            struct iommu_facts *facts,
                            char *specification, size_t bytes)
{
    uint32_t last_domid = holder->domid;
    struct pci_address card;
    bool was_taken;
    int rc = parse(config, &card);

    if (rc)
        return rc;
    was_taken = pci_device_is_taken(&card);
    rc = pci_device_take(&card);
    if (rc)
        return rc;
    rc = holder_domain_open(holder, domains, &card, wants_iommu(config));
    if (rc) {
        /* As it was found. */
        if (!was_taken)
            pci_device_give_back(&card);
        return rc;
    }
    if (holder->domid != last_domid) {
        *facts = (struct iommu_facts){ .neighbour = "" };
        if (holder->is_contained)
            iommu_facts_read(facts, domains, &card);
        tell(&card, holder, facts);
    }
    snprintf(specification, bytes,
             PREFIX "%s,holder=%u,frame=%" PRIx64 ",pages=%u", card.text,
             holder->domid, holder->first_frame, holder->pages);
    return 0;
}

int nic_passthrough_release(const struct config *config,
                            struct domains *domains)
{
    struct pci_address card;
    int rc = parse(config, &card);

    if (!rc)
        rc = holder_domain_destroy(domains, &card);
    if (!rc)
        rc = pci_device_give_back(&card);
    return rc;
}
