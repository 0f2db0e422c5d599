/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lock_memory.c - mlockall() without a limit
 */
#define _GNU_SOURCE
#include "shared/lock_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/log.h"

void lock_memory(void)
{
    /* root has no limit, but the role becomes an ordinary user, and the limit
     * counts for that one. */
    static const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

    if (geteuid() != 0)
        return;
    if (setrlimit(RLIMIT_MEMLOCK, &none) ||
        mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
        log_warning("cannot lock memory (%s); a guest may have to wait while "
                    "mediatord is swapped in", strerror(errno));
}
