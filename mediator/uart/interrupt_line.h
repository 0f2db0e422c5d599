/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt_line.h - the guest's interrupt line, which follows the UART's
 * interrupt output behind the answer
 *
 * Three levels are told apart: the UART's own, which it works out at each
 * change of its state (uart_update_irq()); uart_is_high, that level as it was
 * noted here; and xen_is_high, what Xen was told last.  A vCPU that waits gets
 * its answer first, and Xen is told of the line behind it.  A PC does no
 * better: there the line is sampled by SERIRQ, some microseconds after the
 * access that moved it (Serialized IRQ Support for PCI Systems, "IRQSER
 * cycle").  A fall is told before the next rise, however short it was: an
 * edge-triggered interrupt controller must see it.
 *
 * Where another console of the guest has the same interrupt line, Xen is told
 * the OR of both (interrupt_levels.h), and xen_is_high is this console's share
 * of it.
 */
#ifndef MEDIATOR_INTERRUPT_LINE_H
#define MEDIATOR_INTERRUPT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/interrupt_levels.h"

struct ioreq_server;

#define INTERRUPT_LINE_NONE UINT32_MAX

struct interrupt_line {
    struct ioreq_server *server;
    struct interrupt_levels levels; /* of all consoles of the guest */
    uint32_t irq;         /* ISA; INTERRUPT_LINE_NONE: there is none */
    bool uart_is_high;
    bool has_fallen;      /* the UART's level was low since Xen was last told
                           * of a fall */
    bool xen_is_high;
    unsigned int put_off; /* times in a row that telling a rise was put off */
};

/* Nobody knows what a predecessor told Xen last: the line is taken for high,
 * and the next telling lowers it. */
void interrupt_line_init(struct interrupt_line *line,
                         struct ioreq_server *server, uint32_t irq);

/* Notes the UART's level and tells Xen nothing.  Without an IRQ there will
 * never be anything to tell. */
void interrupt_line_set(struct interrupt_line *line, bool level);

/* Tells Xen of a fall, and of a rise behind it. */
void interrupt_line_tell(struct interrupt_line *line);

/* The UART goes, and holds up nothing any more: Xen is told of a fall. */
void interrupt_line_end(struct interrupt_line *line);

/* Tells Xen of a fall.  A rise is left for later, but not for ever: after
 * some times it is told, too. */
void interrupt_line_put_off(struct interrupt_line *line);

/* Is there a rise that Xen was not told of? */
static inline bool interrupt_line_is_due(const struct interrupt_line *line)
{
    return line->uart_is_high && (line->has_fallen || !line->xen_is_high);
}

#endif
