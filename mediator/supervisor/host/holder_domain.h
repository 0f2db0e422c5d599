/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * holder_domain.h - a domain that never runs and owns the passed-through
 * card and the only memory which that card can reach
 *
 * The memory is machine frames in a row, below 4 GiB.  Behind an IOMMU, Xen
 * lets the card into its owner's pages and nowhere else.  The holder
 * outlives mediatord: a card that a killed process left at work writes into
 * pages that nobody else gets.  A successor finds it by its UUID, which
 * follows from the card's place.
 */
#ifndef MEDIATOR_HOLDER_DOMAIN_H
#define MEDIATOR_HOLDER_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisor/host/domain.h"
#include "supervisor/host/pci_address.h"

struct holder_domain {
    char name[DOMAIN_NAME_BYTES]; /* as xl list shows it */
    uint32_t domid;
    uint64_t first_frame;         /* machine frames, in a row */
    unsigned int pages;
    bool is_contained;            /* the card reaches nothing else */
};

/* Finds it or makes it.  wants_iommu: fails, with a message that names the
 * cure, where no IOMMU can hold the card. */
int holder_domain_open(struct holder_domain *holder, struct domains *domains,
                       const struct pci_address *card, bool wants_iommu);

/* Destroys it, if there is one: the memory goes back to Xen, the card to
 * dom0.  Nobody may be using either. */
int holder_domain_destroy(struct domains *domains,
                          const struct pci_address *card);

#endif
