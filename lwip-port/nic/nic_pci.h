/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic_pci.h - a card passed through: what nic_pci.c does for every card, and
 * what a family of cards does itself
 *
 * nic_pci.c has the registers, the memory, the interrupt and the watchdog.
 * A family is a file with a struct pci_family (nic_82540.c, nic_82574.c) and
 * an entry in PCI_FAMILIES below.  Nothing else names it: the PCI IDs, the
 * registers' place and the family's own data are told by struct pci_family.
 * Families with Intel's legacy descriptors share intel_rings.c.
 */
#ifndef LWIP_PORT_NIC_PCI_H
#define LWIP_PORT_NIC_PCI_H

#include "nic/nic.h"

#define PCI_BATCH 64 /* frames that one call of receive() hands over at most */

struct pci_nic {
    struct nic nic; /* first: a struct nic * of ours is one of this */
    const struct pci_family *family;
    char address[16];         /* "0000:00:02.0", for messages */

    volatile uint8_t *registers;
    size_t register_bytes;
    int config_fd;            /* its configuration space in sysfs */

    /* Pages of the holder domain, contiguous in our address space and in the
     * card's.  The card reads and writes them at any time: what it wrote is
     * copied once, and the copy is checked. */
    uint8_t *memory;
    uint64_t memory_address;  /* in the card's address space */

    enum nic_link link;
    uint8_t groups[NIC_GROUPS_MAX + 1][NIC_MAC_BYTES];
    unsigned int group_count; /* more than NIC_GROUPS_MAX: all come in */
    bool has_started;         /* family->start() was called */
    unsigned int resets_in_vain;
    uint64_t received_before; /* frames received until the last reset */
    bool has_more;            /* the last batch was full, so that more frames
                               * may have come */

    void *family_data;        /* the family's own, family->data_bytes of it,
                               * zeroed before the first reset() */
};

/* Why the card interrupts, as far as nic_pci.c cares: the link has changed. */
#define PCI_CAUSE_LINK 1u

struct pci_family {
    const char *name;
    const struct pci_id {
        uint16_t vendor, device;
    } *ids; /* the last one is 0, 0 */

    unsigned int register_bar; /* the BAR of pci_read32() and pci_write32() */
    size_t register_bytes;     /* the least that it must have */
    size_t data_bytes;         /* of pci_nic's family_data */

    /* Ends all DMA and interrupts, whatever was before, brings the registers
     * to where they are after power-on, and reads nic.mac.  Returns 0, or -1
     * with a message. */
    int (*reset)(struct pci_nic *self);

    /* Called after reset(): makes the rings empty, sets the filter for groups
     * and turns the card on. */
    void (*start)(struct pci_nic *self);

    /* Acknowledges the interrupt's causes and returns PCI_CAUSE_* of them. */
    unsigned int (*take_causes)(struct pci_nic *self);

    bool (*has_link)(struct pci_nic *self);

    /* Lets frames to the multicast addresses in groups in. */
    void (*set_groups)(struct pci_nic *self);

    /* Called once a second: adds to nic.counts what the card has counted, and
     * returns whether the card does its work.  If not, *reason is a text that
     * says what is wrong. */
    bool (*is_well)(struct pci_nic *self, const char **reason);

    /* As in struct nic_driver; receive() takes PCI_BATCH at most. */
    unsigned int (*receive)(struct pci_nic *self,
                            nic_frame_function *deliver, void *opaque);
    uint8_t *(*transmit_space)(struct pci_nic *self);
    void (*transmit)(struct pci_nic *self, size_t bytes);
    void (*flush)(struct pci_nic *self);
    bool (*is_idle)(struct pci_nic *self); /* all frames have been sent */
};

/* The families that there are. */
#define PCI_FAMILIES(family) \
    family(pci_family_82540) \
    family(pci_family_82574)

#define PCI_FAMILY_DECLARE(name) extern const struct pci_family name;
PCI_FAMILIES(PCI_FAMILY_DECLARE)
#undef PCI_FAMILY_DECLARE

/* A register of 32 bits at `offset` of the family's BAR.  They are defined in
 * pci_registers.c; a unit test has its own pair, which is a model of the
 * card. */
uint32_t pci_read32(struct pci_nic *self, uint32_t offset);
void pci_write32(struct pci_nic *self, uint32_t offset, uint32_t value);

#endif
