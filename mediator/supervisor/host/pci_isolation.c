/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci_isolation.c - which neighbours on the bus a card reaches without
 * passing the IOMMU
 *
 * Section numbers are those of the PCI Express Base Specification 3.0.
 */
#include "supervisor/host/pci_isolation.h"

#include <stdbool.h>

/* The most levels of buses: more are a circle of wrong bus numbers. */
#define LEVELS_MAX 256

const char *pci_isolation_name(enum pci_isolation isolation)
{
    static const char *const names[] = {
        [PCI_ISOLATION_UNKNOWN] = "unknown",
        [PCI_ISOLATION_NO] = "no",
        [PCI_ISOLATION_YES] = "yes",
    };

    return names[isolation];
}

struct machine {
    const struct pci_function *functions;
    size_t count;
    /* What PCI_ACS_UNKNOWN is taken for: the best or the worst. */
    enum pci_acs unknown;
};

static enum pci_acs acs_of(const struct machine *machine,
                           const struct pci_function *function)
{
    return function->acs == PCI_ACS_UNKNOWN ? machine->unknown
                                            : function->acs;
}

/* The bridge whose secondary bus the function is on; NULL on a root bus. */
static const struct pci_function *above(const struct machine *machine,
                                        const struct pci_function *function)
{
    size_t i;

    for (i = 0; i < machine->count; i++) {
        const struct pci_function *bridge = &machine->functions[i];

        if (bridge->is_bridge && bridge->secondary_bus &&
            bridge->secondary_bus == function->address.bus &&
            bridge->address.segment == function->address.segment)
            return bridge;
    }
    return NULL;
}

static bool is_same_bus(const struct pci_function *a,
                        const struct pci_function *b)
{
    return a->address.segment == b->address.segment &&
           a->address.bus == b->address.bus;
}

/* The highest point from which an access of the card's may come down again:
 * a bridge without ACS, or the card itself. */
static const struct pci_function *find_top(const struct machine *machine,
                                           const struct pci_function *card)
{
    const struct pci_function *top = card, *bridge = card;
    unsigned int level;

    for (level = 0; level < LEVELS_MAX; level++) {
        bridge = above(machine, bridge);
        if (!bridge)
            break;
        if (acs_of(machine, bridge) != PCI_ACS_COMPLETE)
            top = bridge;
    }
    return top;
}

/* Whether what comes to `top` can go to `other`, that being top itself or
 * beside it: another function of its device or, but on a root bus, another
 * device, such as the other ports of a switch.  Where an access comes in
 * decides where it may go, not where it would go out (6.12.3). */
static bool reaches(const struct machine *machine,
                    const struct pci_function *top,
                    const struct pci_function *other)
{
    if (other == top)
        return true;
    return acs_of(machine, top) != PCI_ACS_COMPLETE &&
           is_same_bus(top, other) &&
           (top->address.device == other->address.device ||
            above(machine, top));
}

/* Whether `other` or a bridge above it is where top's accesses can go. */
static bool is_below(const struct machine *machine,
                     const struct pci_function *top,
                     const struct pci_function *other)
{
    unsigned int level;

    for (level = 0; other && level < LEVELS_MAX; level++) {
        if (reaches(machine, top, other))
            return true;
        other = above(machine, other);
    }
    return false;
}

static const struct pci_function *find_neighbour(
    const struct machine *machine, const struct pci_function *card)
{
    const struct pci_function *top = find_top(machine, card);
    size_t i;

    for (i = 0; i < machine->count; i++) {
        const struct pci_function *other = &machine->functions[i];

        if (other != card && !other->is_bridge &&
            is_below(machine, top, other))
            return other;
    }
    return NULL;
}

static const struct pci_function *find_card(const struct machine *machine,
                                            const struct pci_address *card)
{
    size_t i;

    for (i = 0; i < machine->count; i++)
        if (pci_address_sbdf(&machine->functions[i].address) ==
            pci_address_sbdf(card))
            return &machine->functions[i];
    return NULL;
}

enum pci_isolation pci_isolation_find(const struct pci_function *functions,
                                      size_t count,
                                      const struct pci_address *card,
                                      const struct pci_function **neighbour)
{
    struct machine machine = {
        .functions = functions,
        .count = count,
        .unknown = PCI_ACS_COMPLETE,
    };
    const struct pci_function *found = find_card(&machine, card);

    if (!found)
        return PCI_ISOLATION_UNKNOWN;
    *neighbour = find_neighbour(&machine, found);
    if (*neighbour)
        return PCI_ISOLATION_NO;
    machine.unknown = PCI_ACS_MISSING;
    return find_neighbour(&machine, found) ? PCI_ISOLATION_UNKNOWN
                                           : PCI_ISOLATION_YES;
}
