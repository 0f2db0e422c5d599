/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intel_common.h - what Intel's gigabit cards do alike, for their families'
 * struct pci_family
 */
#ifndef LWIP_PORT_INTEL_COMMON_H
#define LWIP_PORT_INTEL_COMMON_H

#include "nic/intel_rings.h"

/* Ends interrupts and DMA, and waits until DMA that is under way has ended. */
void intel_quiesce(struct pci_nic *self);

/* Resets the card by CTRL.RST, waits until it is back and reads its MAC.  A
 * family may have to do something before.  Returns 0, or -1 with a message. */
int intel_reset(struct pci_nic *self);

/* Turns on the link, the multicast filter, the rings, receiver, transmitter
 * and interrupts. */
void intel_start(struct pci_nic *self);

/* The functions of the same names in struct pci_family. */
unsigned int intel_take_causes(struct pci_nic *self);
bool intel_has_link(struct pci_nic *self);
void intel_set_groups(struct pci_nic *self);
bool intel_is_well(struct pci_nic *self, const char **reason);

void intel_sleep_ms(unsigned int ms);

#endif
