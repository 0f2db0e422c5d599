/* SPDX-License-Identifier: BSD-2-Clause */
/* console_interrupts.c - the interrupt levels of a guest's consoles */
#include "supervisor/console/console_interrupts.h"

#include <unistd.h>

#include "shared/interrupt_levels.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"

/* Has another console this domain? */
static bool is_shared(const struct console *console)
{
    const struct console *other;

    console_list_for_each(other, console->list)
        if (other != console && other->state != CONSOLE_NEW &&
            other->state != CONSOLE_IDLE &&
            other->domain.domid == console->domain.domid)
            return true;
    return false;
}

int console_interrupts_prepare(const struct console *console, bool is_new)
{
    char path[PATH_MAX];
    int rc = interrupt_levels_path(path, console->list->config->directory,
                                   console->domain.domid);

    if (rc || !console->domain.has_isa_irqs)
        return rc;
    if (!access(path, F_OK) && (!is_new || is_shared(console)))
        return 0;
    return interrupt_levels_create(path);
}

void console_interrupts_let_go(const struct console *console)
{
    char path[PATH_MAX];

    if (console->domain.has_isa_irqs && !is_shared(console) &&
        !interrupt_levels_path(path, console->list->config->directory,
                               console->domain.domid))
        unlink(path);
}
