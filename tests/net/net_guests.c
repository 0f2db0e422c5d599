/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_guests.c - writes into out rings and reads from in rings as uart roles
 * do, and measures how long that takes
 */
#define _GNU_SOURCE
#include "net_guests.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define INPUT_WAIT_MS 30000

struct console consoles[CONSOLE_NUMBERS_MAX];
const char *directory;

static const uint8_t *stream;
static size_t stream_bytes;

/* ---- what all of the harness uses ---- */

void die(const char *what)
{
    fprintf(stderr, "net_harness: %s: %s\n", what, strerror(errno));
    exit(2);
}

void answer(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

void path_of(char *path, size_t bytes, unsigned int n, const char *what)
{
    snprintf(path, bytes, "%s/%u.%s", directory, n, what);
}

/* ---- the guests ---- */

void guests_map_stream(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;

    if (fd < 0 || fstat(fd, &status))
        die(path);
    stream_bytes = status.st_size;
    stream = mmap(NULL, stream_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (stream == MAP_FAILED)
        die(path);
    close(fd);
}

void guest_make(unsigned int n, uint64_t history)
{
    struct console *console = &consoles[n];
    char path[4096];
    int fd;

    path_of(path, sizeof(path), n, "in");
    if (in_ring_create(path))
        exit(2);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || in_ring_open_writer(&console->in, fd))
        exit(2);
    path_of(path, sizeof(path), n, "out");
    if (out_ring_create(path, history) ||
        out_ring_open_writer(&console->out, path))
        exit(2);
    snprintf(path, sizeof(path), "%s/net.wake", directory);
    if (wake_create(path))
        exit(2);
    console->waker = WAKER_CLOSED;
    console->waker.fd = wake_open(path);
    path_of(path, sizeof(path), n, "wake");
    if (wake_create(path))
        exit(2);
    console->wake_fd = wake_open(path);
    answer("ok");
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(uint64_t when_ns)
{
    struct timespec when = { (time_t)(when_ns / 1000000000),
                             (long)(when_ns % 1000000000) };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

/* Writes as a uart role does, byte for byte, and measures. */
static void *write_stream(void *argument)
{
    struct console *console = argument;
    uint64_t head = atomic_load(&console->out.header->head);
    uint64_t begin = now_ns(), before = begin, i;

    console->longest_ns = console->signals = 0;
    for (i = 0; i < console->bytes; i++, head++) {
        uint32_t answered = console->waker.answered;
        uint64_t after;

        if (console->times_ns)
            console->times_ns[i] = now_ns();
        out_ring_put(&console->out, head, stream[head % stream_bytes]);
        wake_if_asleep(&console->waker, &console->in.header->net_sleeps);
        console->signals += answered != console->waker.answered;
        if (console->rate) {
            before = now_ns();
            if (begin + (i + 1) * 1000000000 / console->rate > before)
                sleep_until(begin + (i + 1) * 1000000000 / console->rate);
        } else if (i % 64 == 0) {
            after = now_ns();
            if (after - before > console->longest_ns)
                console->longest_ns = after - before;
            before = after;
        }
    }
    console->duration_ns = now_ns() - begin;
    return NULL;
}

void guest_begin_write(unsigned int n, uint64_t bytes, uint64_t rate)
{
    consoles[n].bytes = bytes;
    consoles[n].rate = rate;
    consoles[n].times_ns = rate ? calloc(bytes, sizeof(uint64_t)) : NULL;
    if (rate && !consoles[n].times_ns)
        die("calloc");
    if (pthread_create(&consoles[n].thread, NULL, write_stream, &consoles[n]))
        die("pthread_create");
    answer("ok");
}

static void save_times(unsigned int n)
{
    struct console *console = &consoles[n];
    char path[4096];
    FILE *file;

    if (!console->times_ns)
        return;
    path_of(path, sizeof(path), n, "times");
    file = fopen(path, "we");
    if (!file || fwrite(console->times_ns, sizeof(uint64_t), console->bytes,
                        file) != console->bytes || fclose(file))
        die(path);
    free(console->times_ns);
    console->times_ns = NULL;
}

void guest_wait_for_write(unsigned int n)
{
    struct console *console = &consoles[n];

    pthread_join(console->thread, NULL);
    save_times(n);
    answer("written %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
           (uint64_t)atomic_load(&console->out.header->head),
           console->duration_ns, console->longest_ns, console->signals);
}

/* Sleeps as the uart role does.  Returns false when nobody wakes it. */
static bool await_input(struct console *console, uint64_t in_tail)
{
    _Atomic uint32_t *sleeps = &console->out.header->report.uart_sleeps;
    struct pollfd fd = { .fd = console->wake_fd, .events = POLLIN };
    bool has_more;

    wake_sleep(sleeps, &console->sleep_count);
    has_more = atomic_load(&console->in.header->head) != in_tail;
    if (!has_more && poll(&fd, 1, INPUT_WAIT_MS) > 0) {
        wake_drain(console->wake_fd);
        has_more = true;
    }
    wake_woken(sleeps);
    return has_more;
}

/* At a rate, a guest takes as much as a FIFO holds at once. */
#define AT_ONCE 16

/* A break is written as the text <BREAK>. */
static void write_items(FILE *file, const uint8_t *bytes,
                        const uint8_t *errors, int count)
{
    int i;

    for (i = 0; i < count; i++)
        if (errors[i])
            fputs("<BREAK>", file);
        else
            fputc(bytes[i], file);
}

/* Takes so many bytes of input, or until no more come, and adds them to the
 * file N.input.  Returns how many the guest has taken in all. */
static uint64_t take_input(unsigned int n, uint64_t bytes, uint64_t rate)
{
    struct console *console = &consoles[n];
    struct out_ring_header *out = console->out.header;
    uint64_t in_tail = atomic_load(&out->report.in_tail);
    uint64_t begin = in_tail, end = in_tail + bytes, begin_ns = now_ns();
    uint8_t buffer[4096], errors[sizeof(buffer)];
    size_t most = rate ? AT_ONCE : sizeof(buffer);
    char path[4096];
    FILE *file;

    path_of(path, sizeof(path), n, "input");
    file = fopen(path, "ae");
    while (file && in_tail < end) {
        uint64_t left = end - in_tail;
        int count = in_ring_read(&console->in, in_tail, buffer, errors,
                                 left < most ? left : most);

        if (count < 0)
            die("the in ring");
        if (count == 0) {
            if (!await_input(console, in_tail))
                break;
            continue;
        }
        write_items(file, buffer, errors, count);
        in_tail += count;
        atomic_store(&out->report.in_tail, in_tail);
        if (atomic_load(&console->in.header->wants_room) &&
            atomic_load(&console->in.header->head) - in_tail <=
                IN_RING_BYTES / 2)
            wake_if_asleep(&console->waker, &console->in.header->net_sleeps);
        if (rate)
            sleep_until(begin_ns + (in_tail - begin) * 1000000000 / rate);
    }
    if (file)
        fclose(file);
    return in_tail;
}

void guest_consume(unsigned int n, uint64_t bytes)
{
    answer("consumed %" PRIu64, take_input(n, bytes, 0));
}

static void *take(void *argument)
{
    struct console *console = argument;

    take_input(console - consoles, console->to_take, console->take_rate);
    return NULL;
}

void guest_begin_take(unsigned int n, uint64_t bytes, uint64_t rate)
{
    consoles[n].to_take = bytes;
    consoles[n].take_rate = rate;
    if (pthread_create(&consoles[n].taker, NULL, take, &consoles[n]))
        die("pthread_create");
    answer("ok");
}

void guest_wait_for_take(unsigned int n)
{
    pthread_join(consoles[n].taker, NULL);
    answer("taken %" PRIu64,
           (uint64_t)atomic_load(&consoles[n].out.header->report.in_tail));
}

void guest_tell_status(unsigned int n)
{
    const struct out_ring_header *out = consoles[n].out.header;
    const struct in_ring_header *in = consoles[n].in.header;

    answer("%" PRIu64 " %" PRIu64 " %u %" PRIu64 " %u",
           (uint64_t)atomic_load(&out->head),
           (uint64_t)atomic_load(&out->tail),
           (unsigned int)atomic_load(&in->clients),
           (uint64_t)atomic_load(&in->missed),
           (unsigned int)atomic_load(&in->net_sleeps));
}
