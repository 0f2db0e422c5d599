/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_clock.c - sees to it that a role asks for no time of day
 *
 * It is part of a test's role program, and replaces libc's functions.  Who
 * sets the machine's clock must not bring a role out of step: it goes by
 * CLOCK_MONOTONIC alone, and to ask for anything else fails the test, as does
 * the breach of a rule of Xen's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "fake-xen/fake_client.h"

/* libc's own, which makes no system call. */
static int (*own)(clockid_t clock, struct timespec *now);

__attribute__((constructor)) static void find_own(void)
{
    own = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT,
                                                       "clock_gettime");
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock != CLOCK_MONOTONIC && fake_xen_attach())
        fake_violation("a role asked for the time of clock %d", (int)clock);
    return own ? own(clock, now) : (int)syscall(SYS_clock_gettime, clock, now);
}

time_t time(time_t *seconds)
{
    struct timespec now = { 0 };

    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds)
        *seconds = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict time_of_day, void *restrict zone)
{
    struct timespec now = { 0 };

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *time_of_day = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
    return 0;
}
