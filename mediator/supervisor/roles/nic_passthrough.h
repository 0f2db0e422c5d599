/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic_passthrough.h - nic = "pci:BDF": the supervisor's part
 *
 * The card leaves Linux (pci_device.h) and gets an owner (holder_domain.h).
 * The net role's driver (lwip-port/nic/nic_pci.c) is told by the specification
 * "pci:0000:00:02.0,holder=DOMID,frame=HEX,pages=N".
 */
#ifndef MEDIATOR_NIC_PASSTHROUGH_H
#define MEDIATOR_NIC_PASSTHROUGH_H

#include <stdbool.h>
#include <stddef.h>

#include "supervisor/config/config.h"
#include "supervisor/host/holder_domain.h"
#include "supervisor/host/iommu_facts.h"

/* Whether the configured card is to be passed through. */
bool nic_passthrough_is_wanted(const struct config *config);

/* Is called before each start of the net role, and makes (again) whatever is
 * missing.  Writes what the net role is to be told into specification, and
 * into holder who owns the card.  With another owner than before, facts are
 * read, if an IOMMU holds the card, and the log says what there is.  Fails
 * with a message. */
int nic_passthrough_prepare(const struct config *config,
                            struct domains *domains,
                            struct holder_domain *holder,
                            struct iommu_facts *facts,
                            char *specification, size_t bytes);

/* Gives the card back to Linux and the memory to Xen.  No net role may run.
 * Fails with a message. */
int nic_passthrough_release(const struct config *config,
                            struct domains *domains);

#endif
