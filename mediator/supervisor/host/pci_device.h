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

/* Whether uio_pci_generic has it. */
bool pci_device_is_taken(const struct pci_address *address);

/* Takes the card from Linux; does nothing when that is done already.  Fails,
 * with a message that names the cure, for a card that lwip-port/nic/ has no
 * driver for, and for one in use: Linux has an address there, or a guest has
 * the card. */
int pci_device_take(const struct pci_address *address);

/* Gives the card to the driver that Linux finds for it; does nothing when it
 * is not taken.  Fails with a message. */
int pci_device_give_back(const struct pci_address *address);

#endif
