/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_registers.c - access to a real card's registers
 */
#include "nic/nic_pci.h"

uint32_t pci_read32(struct pci_nic *self, uint32_t offset)
{
    return *(volatile uint32_t *)(self->registers + offset);
}

void pci_write32(struct pci_nic *self, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(self->registers + offset) = value;
}
