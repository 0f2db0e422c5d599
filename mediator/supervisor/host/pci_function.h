/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_function.h - what a PCI function's configuration space says of its
 * place on the bus, and of Access Control Services (ACS)
 *
 * An IOMMU sees what reaches it.  A bridge or a device of many functions may
 * hand a card's access on to a neighbour before that; one with ACS turned on
 * sends all of them upwards (PCI Express Base Specification 3.0, 6.12).
 * Nothing here asks a device: a configuration space is so many bytes.
 */
#ifndef MEDIATOR_PCI_FUNCTION_H
#define MEDIATOR_PCI_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisor/host/pci_address.h"

enum pci_acs {
    PCI_ACS_UNKNOWN,  /* that part of the configuration cannot be read */
    PCI_ACS_MISSING,  /* accesses may go on to a neighbour */
    PCI_ACS_COMPLETE, /* all go upwards, or there is no other way */
};

struct pci_function {
    struct pci_address address;
    bool is_bridge;
    uint8_t secondary_bus; /* of a bridge: below it; 0 when there is none */
    bool is_multifunction; /* its device says that it has other functions */
    enum pci_acs acs;
};

/* Fills in what follows the address, which is there already, from the first
 * `bytes` of a configuration space: 64, 256 or 4096 if nothing is in the way,
 * fewer otherwise. */
void pci_function_parse(struct pci_function *function, const uint8_t *config,
                        size_t bytes);

#endif
