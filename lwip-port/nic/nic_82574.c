/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic_82574.c - the family of Intel's 82574L
 *
 * [82574] is the data sheet that intel_registers.h names.
 */
#include "nic/intel_common.h"

#define MASTER_TRIES 20

/* A reserved bit that is to be written as 1: [82574], TXDCTL. */
#define TXDCTL_COUNT_DESCRIPTORS BIT(22)

static const struct pci_id ids[] = {
    { 0x8086, 0x10d3 }, /* 82574L */
    { 0, 0 },
};

/* A reset in the middle of a transaction can hang a PCI Express card, so the
 * card must first say that none is under way ([82574],
 * CTRL.GIO_MASTER_DISABLE).  A card that does not say so is reset all the
 * same. */
static int reset(struct pci_nic *self)
{
    unsigned int tries;

    intel_quiesce(self);
    pci_write32(self, CTRL, pci_read32(self, CTRL) | CTRL_GIO_MASTER_DISABLE);
    for (tries = 0; tries < MASTER_TRIES; tries++) {
        if (!(pci_read32(self, STATUS) & STATUS_GIO_MASTER_ENABLE))
            break;
        intel_sleep_ms(1);
    }
    return intel_reset(self);
}

/* These registers are zero after a reset of a real card.  An emulated card
 * keeps what another driver wrote: extended descriptors, several queues,
 * interrupts that mask themselves. */
static void forget_other_drivers(struct pci_nic *self)
{
    pci_write32(self, CTRL_EXT, pci_read32(self, CTRL_EXT) &
                ~(CTRL_EXT_EIAME | CTRL_EXT_IAME));
    pci_write32(self, EIAC, 0);
    pci_write32(self, IAM, 0);
    pci_write32(self, RFCTL, 0);
    pci_write32(self, MRQC, 0);
}

static void start(struct pci_nic *self)
{
    forget_other_drivers(self);
    pci_write32(self, TXDCTL,
                pci_read32(self, TXDCTL) | TXDCTL_COUNT_DESCRIPTORS);
    intel_start(self);
}

const struct pci_family pci_family_82574 = {
    .name = "82574",
    .ids = ids,
    .reset = reset,
    .start = start,
    INTEL_FAMILY_MEMBERS,
};
