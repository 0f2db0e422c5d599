/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic_82540.c - the family of Intel's 82540EM and 82545EM, copper
 *
 * [SDM] is the manual that intel_registers.h names.
 */
#include "nic/intel_common.h"
#include "nic/intel_registers.h"

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
    .register_bytes = INTEL_REGISTER_BYTES,
    .data_bytes = sizeof(struct intel_rings),
    .reset = reset,
    .start = intel_start,
    .take_causes = intel_take_causes,
    .has_link = intel_has_link,
    .set_groups = intel_set_groups,
    .is_well = intel_is_well,
    .receive = intel_rings_receive,
    .transmit_space = intel_rings_transmit_space,
    .transmit = intel_rings_transmit,
    .flush = intel_rings_flush,
    .is_idle = intel_rings_are_idle,
};
