/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iommu_facts.h - what the IOMMU that holds a card does not see
 *
 * An IOMMU keeps a card to its holder's memory.  That is all it does, unless
 * it remaps interrupts, too (interrupt_remapping.h), and the bus brings all
 * accesses to it (pci_isolation.h).  Where one of these is missing, or nobody
 * can tell, mediatord says so and goes on: such hosts have worked so far, and
 * an IOMMU that keeps memory is better than none.
 */
#ifndef MEDIATOR_IOMMU_FACTS_H
#define MEDIATOR_IOMMU_FACTS_H

#include "supervisor/host/domain.h"
#include "supervisor/host/interrupt_remapping.h"
#include "supervisor/host/pci_isolation.h"

struct iommu_facts {
    enum interrupt_remapping remapping;
    enum pci_isolation isolation;
    /* Whom the card reaches when isolation is PCI_ISOLATION_NO; else "". */
    char neighbour[PCI_ADDRESS_TEXT_BYTES];
};

/* Reads what can be read; the rest is unknown.  Takes some milliseconds. */
void iommu_facts_read(struct iommu_facts *facts, struct domains *domains,
                      const struct pci_address *card);

/* Of these two, iommu_facts_read() is made; tests have them look elsewhere
 * than below /sys.  messages and options are Xen's (xen_boot.h). */
enum pci_isolation iommu_facts_read_isolation(
    const char *sysfs, const struct pci_address *card,
    char neighbour[PCI_ADDRESS_TEXT_BYTES]);
enum interrupt_remapping iommu_facts_read_remapping(const char *sysfs,
                                                    const char *messages,
                                                    const char *options);

/* Says in the log what is missing, and what could be done about it. */
void iommu_facts_log(const struct iommu_facts *facts,
                     const struct pci_address *card);

#endif
