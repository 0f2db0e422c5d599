/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic_82540.c - the family of Intel's 82540EM and 82545EM, copper
 *
 * [SDM] is the manual that intel_registers.h names.
 */
#include "nic/intel_common.h"

/* [SDM] 5.2, table 5-1 */
static const struct pci_id ids[] = {
    { 0x8086, 0x100e }, /* 82540EM */
    { 0x8086, 0x100f }, /* 82545EM */
    { 0, 0 },
};

static int reset(struct pci_nic *self)
{
    intel_quiesce(self);
    return intel_reset(self);
}

const struct pci_family pci_family_82540 = {
    .name = "82540",
    .ids = ids,
    .reset = reset,
    .start = intel_start,
    INTEL_FAMILY_MEMBERS,
};
