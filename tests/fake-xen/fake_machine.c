/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_machine.c - where the machine's UARTs stand: in this process's memory,
 * or in a file
 */
#define _GNU_SOURCE
#include "fake-xen/fake_machine.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake-xen/fake_xen.h"

static struct fake_uart *uarts;

static struct fake_uart *map_uarts(void)
{
    const char *directory = getenv(FAKE_XEN_ENVIRONMENT);
    const size_t bytes = FAKE_UARTS_MAX * sizeof(struct fake_uart);
    int flags = MAP_SHARED | MAP_ANONYMOUS, fd = -1;
    char path[256];
    void *mapping;

    if (directory) {
        snprintf(path, sizeof(path), "%s/machine", directory);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || ftruncate(fd, bytes))
            return NULL;
        flags = MAP_SHARED;
    }
    mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (fd >= 0)
        close(fd);
    return mapping == MAP_FAILED ? NULL : mapping;
}

struct fake_uart *fake_machine_uart(uint16_t base)
{
    unsigned int i;

    if (!uarts)
        uarts = map_uarts();
    for (i = 0; uarts && i < FAKE_UARTS_MAX; i++) {
        uint32_t unused = 0;

        if (atomic_compare_exchange_strong(&uarts[i].base, &unused, base) ||
            unused == base)
            return &uarts[i];
    }
    return NULL;
}

void fake_machine_detach(void)
{
    if (uarts)
        munmap(uarts, FAKE_UARTS_MAX * sizeof(struct fake_uart));
    uarts = NULL;
}
