/* SPDX-License-Identifier: BSD-2-Clause */
/* jumping_clock.c - a time of day that a test sets, in the place of libc's */
#define _GNU_SOURCE
#include "unit/jumping_clock.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define ENVIRONMENT "XSM_CLOCK"

static _Atomic int64_t *ahead; /* seconds; NULL: the machine's own time */

/* libc's own, which makes no system call. */
static int (*own)(clockid_t clock, struct timespec *now);

static int map_clock(int fd)
{
    void *mapping = mmap(NULL, sizeof(*ahead), PROT_READ | PROT_WRITE,
                         MAP_SHARED, fd, 0);

    if (mapping == MAP_FAILED)
        return -1;
    ahead = mapping;
    return 0;
}

__attribute__((constructor)) static void follow(void)
{
    const char *path = getenv(ENVIRONMENT);
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

    own = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT,
                                                       "clock_gettime");
    if (fd < 0)
        return;
    map_clock(fd);
    close(fd);
}

/* The descriptor stays open, as the path goes by it. */
int jumping_clock_begin(void)
{
    int fd = memfd_create("clock", MFD_CLOEXEC);
    char path[64];

    if (fd < 0)
        return -1;
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
    if (!ftruncate(fd, sizeof(*ahead)) && !map_clock(fd) &&
        !setenv(ENVIRONMENT, path, 1))
        return 0;
    close(fd);
    return -1;
}

void jumping_clock_set(int64_t seconds)
{
    atomic_store(ahead, seconds);
}

/* ---- libc's ---- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int r = own ? own(clock, now)
                : (int)syscall(SYS_clock_gettime, clock, now);

    if (!r && ahead &&
        (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += atomic_load(ahead);
    return r;
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
