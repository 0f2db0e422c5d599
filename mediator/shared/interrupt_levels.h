/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt_levels.h - which consoles of one guest hold up which interrupt
 * line
 *
 * Xen keeps one level for each ISA interrupt of a domain, whoever sets it
 * (hvm_isa_irq_assert() in xen/arch/x86/hvm/irq.c): it neither counts nor
 * tells ioreq servers apart.  COM1 and COM3 of a PC have the same interrupt
 * line, and there are up to four UARTs on two of them.  A line that is shared
 * is up while one of them has a reason.  So each uart role writes its own
 * UART's level here before it tells Xen of the line, and tells Xen the OR of
 * all.
 *
 * One file a domain, DIRECTORY/interrupts.DOMID, made by the supervisor and
 * mapped by the uart roles of that domain.  Each byte has one writer: the role
 * of the ioreq server of that id.
 *
 * Two roles may tell Xen at the same time, and what was worked out first may
 * be told last.  So each looks again after it has told: as every level is
 * written before it is told, whoever tells last sees all of them.
 */
#ifndef MEDIATOR_INTERRUPT_LEVELS_H
#define MEDIATOR_INTERRUPT_LEVELS_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "shared/shared_file.h"

#define INTERRUPT_LEVELS_IRQS    16
#define INTERRUPT_LEVELS_SERVERS 8 /* MAX_NR_IOREQ_SERVERS of Xen */

struct interrupt_levels_header {
    struct shared_file_header file;
    _Alignas(64) _Atomic uint8_t
        levels[INTERRUPT_LEVELS_IRQS][INTERRUPT_LEVELS_SERVERS];
};

struct interrupt_levels {
    struct shared_file file;
    struct interrupt_levels_header *header; /* NULL: no other console's level
                                             * is known */
};

#define INTERRUPT_LEVELS_CLOSED \
    ((struct interrupt_levels){ .file = SHARED_FILE_CLOSED })

/* These three return 0, or -1 with a message logged. */
int interrupt_levels_path(char path[PATH_MAX], const char *directory,
                          uint32_t domid);
int interrupt_levels_create(const char *path); /* all lines are low */
int interrupt_levels_open(struct interrupt_levels *levels, const char *path);
void interrupt_levels_close(struct interrupt_levels *levels);

/* A new server, whose id another one may have had: it holds up no line. */
void interrupt_levels_forget(struct interrupt_levels *levels,
                             uint32_t server);

/* Writes the server's level of that line; returns the line's, which is the OR
 * of all.  Another role may have changed its own when this returns. */
bool interrupt_levels_set(struct interrupt_levels *levels, uint32_t irq,
                          uint32_t server, bool level);
bool interrupt_levels_get(const struct interrupt_levels *levels,
                          uint32_t irq);

#endif
