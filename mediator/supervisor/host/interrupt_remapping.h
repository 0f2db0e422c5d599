/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt_remapping.h - does Xen's IOMMU look at interrupts, too?
 *
 * A device raises an interrupt by a write to FEExxxxx, which an IOMMU without
 * interrupt remapping lets pass: who controls the card can then raise any
 * interrupt on any processor (Xen's advisory XSA-3).  Xen has no call that
 * tells.  Its boot messages do, as long as they are there; its options and
 * the firmware's table can tell that there is none.
 *
 * Nothing here asks anybody: what the machine says is handed in.
 */
#ifndef MEDIATOR_INTERRUPT_REMAPPING_H
#define MEDIATOR_INTERRUPT_REMAPPING_H

#include <stddef.h>
#include <stdint.h>

enum interrupt_remapping {
    INTERRUPT_REMAPPING_UNKNOWN,
    INTERRUPT_REMAPPING_OFF,
    INTERRUPT_REMAPPING_ON,
};

/* "unknown", "off", "on". */
const char *interrupt_remapping_name(enum interrupt_remapping remapping);

/* What can be asked; texts that nobody gave are "", and a table has no bytes
 * then. */
struct interrupt_remapping_sources {
    const char *messages; /* Xen's, since it was started; may be cut off at
                           * its beginning */
    const char *options;  /* Xen's command line */
    const uint8_t *dmar;  /* ACPI's table of Intel's IOMMUs */
    size_t dmar_bytes;
};

enum interrupt_remapping interrupt_remapping_find(
    const struct interrupt_remapping_sources *sources);

/* Each source by itself. */
enum interrupt_remapping interrupt_remapping_in_messages(
    const char *messages);
enum interrupt_remapping interrupt_remapping_in_options(const char *options);
enum interrupt_remapping interrupt_remapping_in_dmar(const uint8_t *dmar,
                                                     size_t bytes);

#endif
