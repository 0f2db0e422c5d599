/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intel_common.c - what Intel's gigabit cards do alike: reset, start, link,
 * multicast filter, interrupt causes and statistics
 */
#include "nic/intel_common.h"

#include <string.h>
#include <time.h>

#include "shared/log.h"

/* The pause before a reset lets DMA that is under way end.  The pause after it
 * covers the time in which registers must not be accessed. */
#define QUIESCE_MS      10
#define RESET_MS        5
#define RESET_TRIES     20

/* The least time between two interrupts, in units of 256 ns.  A burst of
 * frames costs one interrupt, and who types a character does not notice the
 * delay. */
#define THROTTLE        (100000 / 256)

#define CAUSES          (INT_LSC | INT_RXDMT0 | INT_RXO | INT_RXT0)

void intel_sleep_ms(unsigned int ms)
{
    struct timespec time = { .tv_nsec = ms * 1000000l };

    nanosleep(&time, NULL);
}

void intel_quiesce(struct pci_nic *self)
{
    pci_write32(self, IMC, ~0u);
    pci_write32(self, RCTL, 0);
    pci_write32(self, TCTL, TCTL_PSP);
    pci_read32(self, STATUS); /* so that the writes have arrived */
    intel_sleep_ms(QUIESCE_MS);
}

static int read_mac(struct pci_nic *self)
{
    static const uint8_t none[NIC_MAC_BYTES];
    uint32_t low = pci_read32(self, RAL0), high = pci_read32(self, RAH0);
    uint8_t mac[NIC_MAC_BYTES] = {
        low & 0xff,  low >> 8 & 0xff,  low >> 16 & 0xff, low >> 24,
        high & 0xff, high >> 8 & 0xff,
    };

    if (!(high & RAH_AV) || (mac[0] & 1) || !memcmp(mac, none, sizeof(mac)))
        return log_error("network card %s has no address in its memory; it is "
                         "broken, or its EEPROM must be written",
                         self->address);
    memcpy(self->nic.mac, mac, sizeof(mac));
    return 0;
}

int intel_reset(struct pci_nic *self)
{
    unsigned int tries;

    pci_write32(self, CTRL, pci_read32(self, CTRL) | CTRL_RST);
    for (tries = 0; tries < RESET_TRIES; tries++) {
        intel_sleep_ms(RESET_MS);
        if (!(pci_read32(self, CTRL) & CTRL_RST))
            break;
    }
    if (tries == RESET_TRIES)
        return log_error("network card %s does not come back from a reset; "
                         "power the machine off and on", self->address);
    /* Emulated cards keep some of these registers over a reset. */
    pci_write32(self, IMC, ~0u);
    pci_read32(self, ICR);
    pci_write32(self, RCTL, 0);
    pci_write32(self, TCTL, TCTL_PSP);
    return read_mac(self);
}

/* [SDM] 14.3: the PHY negotiates the link, and the MAC follows it. */
static void start_link(struct pci_nic *self)
{
    uint32_t control = pci_read32(self, CTRL);

    control |= CTRL_SLU | CTRL_ASDE;
    control &= ~(CTRL_FRCSPD | CTRL_FRCDPLX | CTRL_PHY_RST);
    pci_write32(self, CTRL, control);
}

/* [SDM] 14.4 and 14.5, in that order, with the values of 802.3 for copper. */
void intel_start(struct pci_nic *self)
{
    start_link(self);
    intel_set_groups(self);
    intel_rings_start(self);
    pci_write32(self, RXCSUM, 0); /* lwIP checks the checksums */
    pci_write32(self, RDTR, 0);
    pci_write32(self, RADV, 0);
    pci_write32(self, TIDV, 0);
    pci_write32(self, ITR, THROTTLE);
    pci_write32(self, TIPG, TIPG_IPGT(8) | TIPG_IPGR1(8) | TIPG_IPGR2(6));
    pci_write32(self, TCTL, TCTL_EN | TCTL_PSP | TCTL_CT(0x0f) |
                TCTL_COLD(0x40));
    pci_write32(self, RCTL, pci_read32(self, RCTL) | RCTL_EN);
    pci_write32(self, IMS, CAUSES);
}

unsigned int intel_take_causes(struct pci_nic *self)
{
    struct intel_rings *rings = intel_rings(self);
    /* Reading ICR acknowledges. */
    uint32_t causes = pci_read32(self, ICR);

    if (rings->waits_for_space && (causes & INT_TXDW)) {
        pci_write32(self, IMC, INT_TXDW);
        rings->waits_for_space = false;
    }
    return causes & INT_LSC ? PCI_CAUSE_LINK : 0;
}

bool intel_has_link(struct pci_nic *self)
{
    return pci_read32(self, STATUS) & STATUS_LU;
}

/* The number of the bit, of 4096, that decides whether frames to a group come
 * in: [SDM] 13.5.1, with RCTL.MO = 0. */
static unsigned int group_hash(const uint8_t *mac)
{
    return (mac[4] >> 4 | mac[5] << 4) & 0xfff;
}

void intel_set_groups(struct pci_nic *self)
{
    uint32_t table[MTA_WORDS] = { 0 };
    uint32_t control = RCTL_BAM | RCTL_BSIZE_2048 | RCTL_SECRC |
                       (pci_read32(self, RCTL) & RCTL_EN);
    unsigned int i, hash;

    for (i = 0; i < self->group_count && i < NIC_GROUPS_MAX; i++) {
        hash = group_hash(self->groups[i]);
        table[hash >> 5] |= BIT(hash & 0x1f);
    }
    for (i = 0; i < MTA_WORDS; i++)
        pci_write32(self, MTA + 4 * i, table[i]);
    if (self->group_count > NIC_GROUPS_MAX)
        control |= RCTL_MPE;
    pci_write32(self, RCTL, control);
}

bool intel_is_well(struct pci_nic *self, const char **reason)
{
    struct nic_counts *counts = &self->nic.counts;
    uint64_t received = pci_read32(self, GPRC);

    counts->receive_drops += pci_read32(self, MPC);
    counts->receive_errors += pci_read32(self, CRCERRS) +
                              pci_read32(self, RXERRC);
    return intel_rings_are_well(self, received, reason);
}
