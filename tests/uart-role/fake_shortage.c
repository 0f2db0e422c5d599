/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_shortage.c - leaves a role short of descriptors or of memory
 *
 * It is part of a test's role program: its constructor sets the limit that
 * stands in shared memory, counted from what the process has used until then.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fake-xen/fake_client.h"

/* A stack that cannot grow is SIGSEGV, which is not what is tested. */
#define STACK_BYTES (256 << 10)

/* The descriptor that the next open() gives. */
static rlim_t next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    return fd >= 0 ? (rlim_t)fd : RLIM_INFINITY;
}

/* Bytes of memory: all that is mapped, or (RLIMIT_DATA) what is its own. */
static rlim_t mapped_bytes(int resource)
{
    const char *name = resource == RLIMIT_AS ? "VmSize: %lu" : "VmData: %lu";
    FILE *status = fopen("/proc/self/status", "re");
    unsigned long kib = 0;
    char line[256];

    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, name, &kib) == 1)
            break;
    if (status)
        fclose(status);
    return (rlim_t)kib << 10;
}

static void use_stack(void)
{
    char bytes[STACK_BYTES];

    memset(bytes, 0, sizeof(bytes));
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

__attribute__((constructor)) static void be_short(void)
{
    const struct fake_xen *xen = fake_xen_attach();
    struct rlimit limit;
    int resource;

    if (!xen || !atomic_load(&xen->shortage.is_on))
        return;
    resource = atomic_load(&xen->shortage.resource);
    use_stack();
    if (getrlimit(resource, &limit))
        return;
    limit.rlim_cur = atomic_load(&xen->shortage.left) +
                     (resource == RLIMIT_NOFILE ? next_descriptor()
                                                : mapped_bytes(resource));
    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    setrlimit(resource, &limit);
}
