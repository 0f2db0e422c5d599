/* SPDX-License-Identifier: BSD-2-Clause */
/* interrupt_levels.c - the OR of what a guest's consoles want of a line */
#include "shared/interrupt_levels.h"

#include <stdio.h>

#include "shared/log.h"

static const struct shared_file_kind levels_kind = {
    .name = "interrupt levels",
    .magic = "MEDIA_IL",
    .version = 1,
};

_Static_assert(sizeof(struct interrupt_levels_header) <=
                   SHARED_FILE_HEADER_BYTES,
               "the levels stand in the header page");

int interrupt_levels_path(char path[PATH_MAX], const char *directory,
                          uint32_t domid)
{
    if (snprintf(path, PATH_MAX, "%s/interrupts.%u", directory, domid) >=
        PATH_MAX)
        return log_error("the path %s is too long", directory);
    return 0;
}

int interrupt_levels_create(const char *path)
{
    return shared_file_create(path, &levels_kind, 0);
}

int interrupt_levels_open(struct interrupt_levels *levels, const char *path)
{
    int rc = shared_file_open(&levels->file, path, &levels_kind, true);

    levels->header = levels->file.header;
    return rc;
}

void interrupt_levels_close(struct interrupt_levels *levels)
{
    shared_file_close(&levels->file);
    levels->header = NULL;
}

void interrupt_levels_forget(struct interrupt_levels *levels, uint32_t server)
{
    unsigned int irq;

    if (!levels->header || server >= INTERRUPT_LEVELS_SERVERS)
        return;
    for (irq = 0; irq < INTERRUPT_LEVELS_IRQS; irq++)
        atomic_store(&levels->header->levels[irq][server], 0);
}

bool interrupt_levels_get(const struct interrupt_levels *levels, uint32_t irq)
{
    const _Atomic uint8_t *line = levels->header->levels[irq];
    unsigned int server;
    uint8_t any = 0;

    for (server = 0; server < INTERRUPT_LEVELS_SERVERS; server++)
        any |= atomic_load_explicit(&line[server], memory_order_relaxed);
    return any;
}

/* The fence puts the store before the loads: of two roles that do this at the
 * same time, one at least sees the other's level. */
bool interrupt_levels_set(struct interrupt_levels *levels, uint32_t irq,
                          uint32_t server, bool level)
{
    if (!levels->header || irq >= INTERRUPT_LEVELS_IRQS ||
        server >= INTERRUPT_LEVELS_SERVERS)
        return level;
    atomic_store_explicit(&levels->header->levels[irq][server], level,
                          memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    return interrupt_levels_get(levels, irq);
}
