/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_load.c - uart roles on a fake Xen, their guests at work, and a reader
 * of all of them in the net role's place
 *
 * usage: role_load patched|unpatched
 *
 * With patched, the fake Xen posts writes and answers reads from shadow
 * registers; with unpatched it does neither.  Byte n of guest g is
 * role_stream(g, n), and the reader compares what comes.  Commands come on
 * stdin, one a line, and each has one line of answer on stdout:
 *
 *   start N              started PID...     (roles, mode=virtual)
 *   stream BYTES         done NANOSECONDS   (guest 0, without a pause)
 *   poll BYTES           done NANOSECONDS   (the same: LSR before each THR)
 *   pace BYTES RATE      done NANOSECONDS   (each guest BYTES, RATE a second,
 *                                            in bursts of a FIFO; a late
 *                                            burst does not delay the next)
 *
 * "done" says that the reader has all bytes.  Otherwise the answer is "failed"
 * and what was wrong.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "role_guest.h"
#include "role_reader.h"

#define PACERS      2 /* threads that do the work of all guests */
#define SECOND_NS   INT64_C(1000000000)
#define PATIENCE_NS (60 * SECOND_NS)

struct pacer {
    pthread_t thread;
    unsigned int first; /* every PACERS-th guest from this one on */
    uint64_t bytes, rate;
    bool is_ok;
};

static struct role_guest *guests;
static unsigned int count;

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void sleep_ns(int64_t ns)
{
    const struct timespec pause = { ns / SECOND_NS, ns % SECOND_NS };

    nanosleep(&pause, NULL);
}

static void start(unsigned int wanted)
{
    guests = calloc(wanted, sizeof(*guests));
    for (count = 0; guests && count < wanted; count++)
        if (role_guest_start(&guests[count], count))
            break;
    if (count < wanted || role_reader_start(guests, count)) {
        printf("failed to start role %u: %s\n", count,
               count < wanted && guests ? guests[count].harness.failure
                                        : "no memory");
        return;
    }
    printf("started");
    for (count = 0; count < wanted; count++)
        printf(" %d", (int)guests[count].harness.pid);
    printf("\n");
}

/* Waits until the reader has all that the guests wrote, and answers. */
static void finish(int64_t begin_ns, bool is_ok)
{
    int64_t until_ns = now_ns() + PATIENCE_NS;
    unsigned int i;

    for (i = 0; is_ok && i < count; i++)
        while (is_ok && role_reader_position(i) < guests[i].written) {
            is_ok = now_ns() < until_ns && !role_reader_error();
            sleep_ns(1000000);
        }
    if (role_reader_error())
        printf("failed: %s\n", role_reader_error());
    else if (!is_ok)
        printf("failed: a guest waits, or its bytes did not come\n");
    else
        printf("done %lld\n", (long long)(now_ns() - begin_ns));
}

static void stream(uint64_t bytes, bool is_polling)
{
    int64_t begin_ns = now_ns();
    bool is_ok = count > 0;
    uint64_t i;

    for (i = 0; is_ok && i < bytes; i++)
        is_ok = (!is_polling || role_guest_poll(&guests[0])) &&
                role_guest_write(&guests[0]);
    finish(begin_ns, is_ok);
}

/* Writes a burst for each guest in turn, and pauses until the next is due. */
static void *pace(void *argument)
{
    struct pacer *pacer = argument;
    int64_t begin_ns = now_ns();
    uint64_t done = 0, burst;
    unsigned int i;

    pacer->is_ok = true;
    while (pacer->is_ok && done < pacer->bytes) {
        int64_t due_ns = begin_ns + done * SECOND_NS / pacer->rate;
        int64_t early_ns = due_ns - now_ns();

        if (early_ns > 0)
            sleep_ns(early_ns);
        burst = pacer->bytes - done < ROLE_GUEST_FIFO ? pacer->bytes - done
                                                      : ROLE_GUEST_FIFO;
        for (i = pacer->first; pacer->is_ok && i < count; i += PACERS)
            pacer->is_ok = role_guest_write_burst(&guests[i], burst);
        done += burst;
    }
    return NULL;
}

static void pace_all(uint64_t bytes, uint64_t rate)
{
    struct pacer pacers[PACERS];
    int64_t begin_ns = now_ns();
    bool is_ok = count > 0 && rate > 0;
    unsigned int i;

    for (i = 0; i < PACERS; i++) {
        pacers[i] = (struct pacer){ .first = i, .bytes = bytes, .rate = rate };
        if (pthread_create(&pacers[i].thread, NULL, pace, &pacers[i]))
            exit(EXIT_FAILURE);
    }
    for (i = 0; i < PACERS; i++) {
        pthread_join(pacers[i].thread, NULL);
        is_ok = is_ok && pacers[i].is_ok;
    }
    finish(begin_ns, is_ok);
}

static void obey(const char *line)
{
    unsigned long long a = 0, b = 0;
    char command[16] = "";

    sscanf(line, "%15s %llu %llu", command, &a, &b);
    if (!strcmp(command, "start") && !guests)
        start(a);
    else if (!strcmp(command, "stream"))
        stream(a, false);
    else if (!strcmp(command, "poll"))
        stream(a, true);
    else if (!strcmp(command, "pace") && b > 0)
        pace_all(a, b);
    else
        printf("failed: what is %s", line);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char line[128];
    unsigned int i;
    int rc = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: role_load patched|unpatched\n");
        return 2;
    }
    fake_xen_start();
    if (!strcmp(argv[1], "patched"))
        fake_xen_patch();
    while (fgets(line, sizeof(line), stdin))
        obey(line);
    role_reader_stop();
    for (i = 0; i < count; i++)
        rc |= role_guest_stop(&guests[i]);
    free(guests);
    return fake_xen_stop() || rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
