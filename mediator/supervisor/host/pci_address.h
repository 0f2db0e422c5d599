/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_address.h - "0000:00:02.0": segment, bus, device, function
 */
#ifndef MEDIATOR_PCI_ADDRESS_H
#define MEDIATOR_PCI_ADDRESS_H

#include <stdint.h>

#define PCI_ADDRESS_TEXT_BYTES 16

struct pci_address {
    uint16_t segment;
    uint8_t bus, device, function;
    char text[PCI_ADDRESS_TEXT_BYTES]; /* as sysfs names it */
};

/* Reads "0000:00:02.0", or "00:02.0" for segment 0.  Fails with a message. */
int pci_address_parse(struct pci_address *address, const char *text);

/* The address as one number, as Xen wants it (machine_sbdf of
 * XEN_DOMCTL_assign_device). */
uint32_t pci_address_sbdf(const struct pci_address *address);

#endif
