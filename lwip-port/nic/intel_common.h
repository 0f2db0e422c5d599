/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intel_common.h - what Intel's gigabit cards do alike, for their families'
 * struct pci_family
 */
#ifndef LWIP_PORT_INTEL_COMMON_H
#define LWIP_PORT_INTEL_COMMON_H

#include "nic/intel_rings.h"

/* No interrupt, no DMA any more, but for what is under way. */
void intel_quiesce(struct pci_nic *self);

/* CTRL.RST, and until the card is back.  A family may have to do something
 * before. */
int intel_reset(struct pci_nic *self);

/* The filter, the rings, the link, receive, transmit, the interrupt: on. */
void intel_start(struct pci_nic *self);

unsigned int intel_take_causes(struct pci_nic *self);
bool intel_has_link(struct pci_nic *self);
void intel_set_groups(struct pci_nic *self);
bool intel_is_well(struct pci_nic *self, const char **reason);

void intel_sleep_ms(unsigned int ms);

#endif
