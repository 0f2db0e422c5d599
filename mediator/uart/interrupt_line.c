/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * interrupt_line.c - which moves of the interrupt line Xen is told, and when
 */
#include "uart/interrupt_line.h"

#include "uart/fault_point.h"
#include "uart/ioreq_server.h"

/* As many writes as fill the widest FIFO. */
#define PUT_OFF_MAX 64u
#define TELLS_MAX   64u

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

/* Another role may have told Xen before us what it worked out after us
 * (interrupt_levels.h).  A bound, as a role that has fallen may change its
 * level without end. */
static void tell_again(struct interrupt_line *line, bool told)
{
    unsigned int i;

    for (i = 0; i < TELLS_MAX; i++) {
        bool level = interrupt_levels_get(&line->levels, line->irq);

        if (level == told)
            return;
        told = level;
        ioreq_server_set_irq(line->server, line->irq, level);
    }
}

static void tell_xen(struct interrupt_line *line, bool level)
{
    bool line_level = interrupt_levels_set(&line->levels, line->irq,
                                           line->server->id, level);

    line->xen_is_high = level;
    fault_point(FAULT_LEVEL_NOTED);
    ioreq_server_set_irq(line->server, line->irq, line_level);
    if (line->levels.header && line->server->id < INTERRUPT_LEVELS_SERVERS)
        tell_again(line, line_level);
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

void interrupt_line_end(struct interrupt_line *line)
{
    interrupt_line_set(line, false);
    interrupt_line_tell(line);
}

void interrupt_line_put_off(struct interrupt_line *line)
{
    lower(line);
    if (interrupt_line_is_due(line) && ++line->put_off > PUT_OFF_MAX)
        interrupt_line_tell(line);
}
