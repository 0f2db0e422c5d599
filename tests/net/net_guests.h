/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_guests.h - the guests' side of net_harness: each console's rings, what
 * its guest writes and what it reads
 */
#ifndef TESTS_NET_GUESTS_H
#define TESTS_NET_GUESTS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/in_ring.h"
#include "shared/out_ring.h"
#include "shared/wake.h"

#define CONSOLE_NUMBERS_MAX 80 /* more than the net role takes */

struct console {
    struct out_ring out;
    struct in_ring in; /* opened for what the net role says in its header */
    struct waker waker;
    int wake_fd; /* of the uart role, for which the harness stands in */
    uint32_t sleep_count;
    pthread_t thread;
    uint64_t bytes, rate;
    uint64_t *times_ns; /* when each byte was written; NULL: without a rate */
    uint64_t duration_ns, longest_ns, signals;
    pthread_t taker; /* takes so many bytes of input at such a rate */
    uint64_t to_take, take_rate;
};

extern struct console consoles[CONSOLE_NUMBERS_MAX];

/* ---- what all of the harness uses ---- */

/* Says what failed, and why, and ends the harness. */
void die(const char *what) __attribute__((noreturn));

/* One line of answer on stdout. */
void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The path of one of a console's files. */
void path_of(char *path, size_t bytes, unsigned int n, const char *what);

/* The directory of these files, and of the net role's. */
extern const char *directory;

/* ---- the guests; each but the first answers a command ---- */

/* To be called first: the file is what every guest writes, over and over. */
void guests_map_stream(const char *path);

void guest_make(unsigned int n, uint64_t history);
void guest_begin_write(unsigned int n, uint64_t bytes, uint64_t rate);
void guest_wait_for_write(unsigned int n);
void guest_consume(unsigned int n, uint64_t bytes);
void guest_begin_take(unsigned int n, uint64_t bytes, uint64_t rate);
void guest_wait_for_take(unsigned int n);
void guest_tell_status(unsigned int n);

#endif
