/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intel_common.h - what Intel's gigabit cards do alike, for their families'
 * struct pci_family
 */
#ifndef LWIP_PORT_INTEL_COMMON_H
#define LWIP_PORT_INTEL_COMMON_H

#include "nic/intel_registers.h"
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

/* The members of struct pci_family that are the same in all of Intel's
 * families; name, ids, reset and start are the family's own. */
#define INTEL_FAMILY_MEMBERS \
    .register_bytes = INTEL_REGISTER_BYTES, \
    .data_bytes = sizeof(struct intel_rings), \
    .take_causes = intel_take_causes, \
    .has_link = intel_has_link, \
    .set_groups = intel_set_groups, \
    .is_well = intel_is_well, \
    .receive = intel_rings_receive, \
    .transmit_space = intel_rings_transmit_space, \
    .transmit = intel_rings_transmit, \
    .flush = intel_rings_flush, \
    .is_idle = intel_rings_are_idle

void intel_sleep_ms(unsigned int ms);

#endif
