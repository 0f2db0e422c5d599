/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_reader.c - the thread that reads all out rings and compares their bytes
 */
#include "role_reader.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "shared/wake.h"

/* While there is output, the net role looks for more at this interval and does
 * not say that it is asleep. */
#define FLUSH_NS 1000000

static struct {
    pthread_t thread;
    struct role_guest *guests;
    _Atomic uint64_t *positions; /* one a guest */
    unsigned int count;
    int wake_fd;
    uint32_t sleep_count;
    _Atomic bool is_ending;
    _Atomic(const char *) error;
} reader = { .wake_fd = -1 };

/* Reads what is new in guest n's ring.  Returns whether there was any. */
static bool read_ring(unsigned int n)
{
    static uint8_t bytes[ROLE_GUEST_HISTORY];
    struct role_guest *guest = &reader.guests[n];
    uint64_t position = atomic_load(&reader.positions[n]), cursor = position;
    uint64_t missed;
    size_t got, i;

    got = out_ring_read(&guest->harness.out, &cursor, bytes, sizeof(bytes),
                        &missed);
    if (missed)
        atomic_store(&reader.error, "the reader missed bytes");
    for (i = 0; !missed && i < got; i++)
        if (bytes[i] != role_stream(guest->number, position + i))
            atomic_store(&reader.error, "a byte is not the guest's");
    atomic_store(&reader.positions[n], cursor);
    return got > 0;
}

static bool read_all(void)
{
    bool was_any = false;
    unsigned int i;

    for (i = 0; i < reader.count; i++)
        was_any |= read_ring(i);
    return was_any;
}

/* Tells all roles whether the reader must be woken for new output. */
static void say_asleep(bool is_asleep)
{
    unsigned int i;

    for (i = 0; i < reader.count; i++) {
        _Atomic uint32_t *sleeps =
            &reader.guests[i].harness.in.header->net_sleeps;

        if (is_asleep)
            wake_sleep(sleeps, &reader.sleep_count);
        else
            wake_woken(sleeps);
    }
}

static void *read_rings(void *unused)
{
    const struct timespec flush = { .tv_nsec = FLUSH_NS };
    struct pollfd fd = { .fd = reader.wake_fd, .events = POLLIN };

    (void)unused;
    while (!atomic_load(&reader.is_ending)) {
        if (read_all()) {
            nanosleep(&flush, NULL);
            continue;
        }
        say_asleep(true);
        if (!read_all() && poll(&fd, 1, -1) > 0)
            wake_drain(reader.wake_fd);
        say_asleep(false);
    }
    return NULL;
}

int role_reader_start(struct role_guest *guests, unsigned int count)
{
    char path[4096];

    reader.guests = guests;
    reader.count = count;
    atomic_store(&reader.is_ending, false);
    atomic_store(&reader.error, NULL);
    reader.positions = calloc(count, sizeof(*reader.positions));
    snprintf(path, sizeof(path), "%s/net.wake", guests[0].harness.directory);
    reader.wake_fd = wake_open(path);
    if (!reader.positions || reader.wake_fd < 0)
        return -1;
    return pthread_create(&reader.thread, NULL, read_rings, NULL);
}

void role_reader_stop(void)
{
    if (reader.wake_fd < 0)
        return;
    atomic_store(&reader.is_ending, true);
    wake_signal(reader.wake_fd);
    pthread_join(reader.thread, NULL);
    close(reader.wake_fd);
    reader.wake_fd = -1;
    free((void *)reader.positions);
}

uint64_t role_reader_position(unsigned int guest)
{
    return atomic_load(&reader.positions[guest]);
}

const char *role_reader_error(void)
{
    return atomic_load(&reader.error);
}
