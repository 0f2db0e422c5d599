/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_device.h - a network card in sysfs: taken from Linux, given back
 *
 * Taken, it belongs to uio_pci_generic, which passes its interrupts to a
 * process and turns its DMA off when that process is gone.  It stays taken
 * when mediatord ends.
 */
#ifndef MEDIATOR_PCI_DEVICE_H
#define MEDIATOR_PCI_DEVICE_H

#include <stdbool.h>

#include "supervisor/host/pci_address.h"

bool pci_device_is_taken(const struct pci_address *address);

/* Does nothing when it is taken already.  Fails, with a message that names
 * the cure, for a card that we have no driver for or that somebody uses:
 * Linux with an address, or a guest. */
int pci_device_take(const struct pci_address *address);

/* To the driver that Linux finds for it.  Does nothing when it is not
 * taken. */
int pci_device_give_back(const struct pci_address *address);

#endif
