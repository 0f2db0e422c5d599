/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_isolation.h - which neighbours on the bus a card reaches without
 * passing the IOMMU
 *
 * The rule is Linux's for what may be kept apart (pci_device_group() in
 * drivers/iommu/iommu.c): what is below the highest bridge without ACS is
 * together, and so are the functions of a device without it.  So are, other
 * than for Linux, the ports of a switch.  Devices of the root complex itself
 * are taken to be apart.
 */
#ifndef MEDIATOR_PCI_ISOLATION_H
#define MEDIATOR_PCI_ISOLATION_H

#include <stddef.h>

#include "supervisor/host/pci_function.h"

enum pci_isolation {
    PCI_ISOLATION_UNKNOWN, /* for want of what could not be read */
    PCI_ISOLATION_NO,      /* it reaches a neighbour */
    PCI_ISOLATION_YES,
};

/* "unknown", "no", "yes". */
const char *pci_isolation_name(enum pci_isolation isolation);

/* functions: all of the machine's, in any order.  When the answer is
 * PCI_ISOLATION_NO, neighbour is set to one that the card reaches. */
enum pci_isolation pci_isolation_find(const struct pci_function *functions,
                                      size_t count,
                                      const struct pci_address *card,
                                      const struct pci_function **neighbour);

#endif
