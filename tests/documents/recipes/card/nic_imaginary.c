/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic_imaginary.c - 82549XX, a card of HACKING.md's recipe and of no shop: an
 * 82540 that forgets its first reset
 */
#include "nic/intel_common.h"

static const struct pci_id ids[] = {
    { 0x8086, 0xffee }, /* 82549XX */
    { 0, 0 },
};

static int reset(struct pci_nic *self)
{
    int rc;

    intel_quiesce(self);
    rc = intel_reset(self);
    return rc ? rc : intel_reset(self);
}

const struct pci_family pci_family_imaginary = {
    .name = "82549",
    .ids = ids,
    .reset = reset,
    .start = intel_start,
    INTEL_FAMILY_MEMBERS,
};
