/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt_line.c - which moves of the interrupt line Xen is told, and when
 */
#include "uart/interrupt_line.h"

#include "uart/ioreq_server.h"

/* As many writes as fill the widest FIFO. */
#define PUT_OFF_MAX 64u

void interrupt_line_init(struct interrupt_line *line,
                         struct ioreq_server *server, uint32_t irq)
{
    *line = (struct interrupt_line){
        .server = server,
        .irq = irq,
        .has_fallen = irq != INTERRUPT_LINE_NONE,
        .xen_is_high = irq != INTERRUPT_LINE_NONE,
    };
}

void interrupt_line_set(struct interrupt_line *line, bool level)
{
    if (line->irq == INTERRUPT_LINE_NONE)
        return;
    line->uart_is_high = level;
    line->has_fallen |= !level;
}

static void tell_xen(struct interrupt_line *line, bool level)
{
    line->xen_is_high = level;
    ioreq_server_set_irq(line->server, line->irq, level);
}

static void lower(struct interrupt_line *line)
{
    if (line->has_fallen && line->xen_is_high)
        tell_xen(line, false);
    line->has_fallen = false;
}

void interrupt_line_tell(struct interrupt_line *line)
{
    lower(line);
    if (line->uart_is_high && !line->xen_is_high)
        tell_xen(line, true);
    line->put_off = 0;
}

void interrupt_line_put_off(struct interrupt_line *line)
{
    lower(line);
    if (interrupt_line_is_due(line) && ++line->put_off > PUT_OFF_MAX)
        interrupt_line_tell(line);
}
