/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt_line.h - the guest's interrupt line, which follows the UART's
 * behind the answer
 *
 * What the UART says is noted, and Xen told when the vCPU that waits has its
 * answer.  A PC does no better: there the line is sampled by SERIRQ, some
 * microseconds after the access that moved it (Serialized IRQ Support for PCI
 * Systems, "IRQSER cycle").  A fall is told before the next rise, however
 * short it was: an edge-triggered interrupt controller must see it.
 */
#ifndef MEDIATOR_INTERRUPT_LINE_H
#define MEDIATOR_INTERRUPT_LINE_H

#include <stdbool.h>
#include <stdint.h>

struct ioreq_server;

#define INTERRUPT_LINE_NONE UINT32_MAX

struct interrupt_line {
    struct ioreq_server *server;
    uint32_t irq;    /* ISA; INTERRUPT_LINE_NONE: there is none */
    bool is_high;    /* as the UART said */
    bool has_fallen; /* since Xen was told */
    bool xen_is_high;
    unsigned int put_off; /* so often */
};

/* Whatever a predecessor told Xen last: the line is taken for high, and to be
 * lowered. */
void interrupt_line_init(struct interrupt_line *line,
                         struct ioreq_server *server, uint32_t irq);

/* Notes what the UART says.  Without an IRQ there is nothing to be told. */
void interrupt_line_set(struct interrupt_line *line, bool level);

/* Tells Xen all. */
void interrupt_line_settle(struct interrupt_line *line);

/* Tells Xen of a fall, and of a rise behind it if that was put off often. */
void interrupt_line_put_off(struct interrupt_line *line);

/* Is Xen to be told of a rise? */
static inline bool interrupt_line_is_due(const struct interrupt_line *line)
{
    return line->is_high && (line->has_fallen || !line->xen_is_high);
}

#endif
