/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_function.c - a configuration space is read for its place on the bus
 * and for Access Control Services
 *
 * Section numbers are those of the PCI Express Base Specification 3.0.
 */
#include "supervisor/host/pci_function.h"

#include <linux/pci_regs.h>

#define HEADER_BYTES       0x40
#define CONVENTIONAL_BYTES 0x100  /* extended capabilities begin there */
#define CONFIG_BYTES       0x1000
#define MULTIFUNCTION      0x80   /* of the header type */

/* A list of capabilities is not longer, unless it goes in a circle. */
#define CAPABILITIES_MAX   (CONVENTIONAL_BYTES / 4)
#define EXTENDED_MAX       (CONFIG_BYTES / 8)

/* Source validation, redirection of requests and of completions, upstream
 * forwarding: with these every access meets the IOMMU, under its sender's
 * own number. */
#define ACS_NEEDED (PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

static unsigned int word(const uint8_t *config, size_t offset)
{
    return config[offset] | config[offset + 1] << 8;
}

/* Returns the offset of the PCI Express capability; 0 when there is none: a
 * conventional PCI device. */
static size_t find_express(const uint8_t *config, size_t bytes)
{
    unsigned int i;
    size_t at;

    if (!(word(config, PCI_STATUS) & PCI_STATUS_CAP_LIST))
        return 0;
    at = config[PCI_CAPABILITY_LIST] & ~3u;
    for (i = 0; i < CAPABILITIES_MAX; i++) {
        if (at < HEADER_BYTES || at + 4 > bytes)
            return 0;
        if (config[at] == PCI_CAP_ID_EXP)
            return at;
        at = config[at + 1] & ~3u;
    }
    return 0;
}

/* 7.16: what the capability register lacks is not needed in that place or
 * cannot be turned off; what it has must be turned on. */
static enum pci_acs read_acs(const uint8_t *config, size_t bytes)
{
    size_t at = CONVENTIONAL_BYTES;
    unsigned int i, needed;

    if (bytes < CONFIG_BYTES)
        return PCI_ACS_UNKNOWN;
    for (i = 0; i < EXTENDED_MAX; i++) {
        if (at < CONVENTIONAL_BYTES || at + 8 > bytes)
            return PCI_ACS_MISSING;
        if (word(config, at) == PCI_EXT_CAP_ID_ACS) {
            needed = ACS_NEEDED & word(config, at + PCI_ACS_CAP);
            return (word(config, at + PCI_ACS_CTRL) & needed) == needed
                       ? PCI_ACS_COMPLETE : PCI_ACS_MISSING;
        }
        at = word(config, at + 2) >> 4 & ~3u;
    }
    return PCI_ACS_MISSING;
}

/* 6.12.1: which ports and devices must have it, by the kind in the PCI
 * Express capabilities register (7.8.2). */
static enum pci_acs find_acs(const uint8_t *config, size_t bytes,
                             bool is_multifunction)
{
    size_t express = find_express(config, bytes);

    if (!express)
        return bytes < CONVENTIONAL_BYTES ? PCI_ACS_UNKNOWN
                                          : PCI_ACS_MISSING;
    switch ((word(config, express + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >>
            4) {
    case PCI_EXP_TYPE_PCI_BRIDGE:
    case PCI_EXP_TYPE_PCIE_BRIDGE:
    case PCI_EXP_TYPE_RC_EC:
        return PCI_ACS_MISSING;
    case PCI_EXP_TYPE_ROOT_PORT:
    case PCI_EXP_TYPE_DOWNSTREAM:
        return read_acs(config, bytes);
    default:
        /* A device of one function has nobody beside it. */
        return is_multifunction ? read_acs(config, bytes) : PCI_ACS_COMPLETE;
    }
}

void pci_function_parse(struct pci_function *function, const uint8_t *config,
                        size_t bytes)
{
    unsigned int type;

    function->is_bridge = false;
    function->secondary_bus = 0;
    function->is_multifunction = false;
    function->acs = PCI_ACS_UNKNOWN;
    if (bytes < HEADER_BYTES)
        return;
    type = config[PCI_HEADER_TYPE] & PCI_HEADER_TYPE_MASK;
    function->is_bridge = type == PCI_HEADER_TYPE_BRIDGE ||
                          type == PCI_HEADER_TYPE_CARDBUS;
    if (function->is_bridge)
        function->secondary_bus = config[PCI_SECONDARY_BUS];
    /* Only function 0 must say so (PCI Local Bus Specification 3.0, 6.2.1). */
    function->is_multifunction = function->address.function ||
                                 (config[PCI_HEADER_TYPE] & MULTIFUNCTION);
    function->acs = find_acs(config, bytes, function->is_multifunction);
}
