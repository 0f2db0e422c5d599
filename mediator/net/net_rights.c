/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_rights.c - the system calls of the loop and of the card's driver
 */
#include "net/net_rights.h"

#include <string.h>

#include "net/net_loop.h"
#include "shared/confine.h"
#include "shared/log.h"

#define SYSCALLS_MAX 16

/* lwIP's pools are 17 MiB, and what is allocated for consoles and clients is
 * bounded by their numbers, as the descriptors are. */
#define MEMORY_BYTES (64 << 20)
#define DESCRIPTORS  1024

int net_rights_keep(const char *user, const struct nic_driver *driver)
{
    int syscalls[SYSCALLS_MAX];
    size_t count = net_loop_syscall_count;
    struct confine_rights rights = {
        .user = user,
        .syscalls = syscalls,
        .syscall_count = count + driver->syscall_count,
        .memory_bytes = MEMORY_BYTES,
        .descriptors = DESCRIPTORS,
    };

    if (rights.syscall_count > SYSCALLS_MAX)
        return log_error("the card's driver needs too many system calls");
    memcpy(syscalls, net_loop_syscalls, count * sizeof(int));
    memcpy(syscalls + count, driver->syscalls,
           driver->syscall_count * sizeof(int));
    return confine(&rights);
}
