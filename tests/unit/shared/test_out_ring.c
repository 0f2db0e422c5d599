/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_out_ring.c - the out ring: readers get every byte or an exact count of
 * those missed, a successor may write a run again, and corrupted offsets do no
 * harm
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/out_ring.h"

#include "unit/unit.h"

#define RING_BYTES   4096u
#define STREAM_BYTES 20000000u

static char path[64];

/* Byte n of the stream that every test writes.  The stream looks random, so
 * that a byte at a wrong place shows, and is kept nowhere. */
static uint8_t stream_byte(uint64_t n)
{
    uint64_t x = n * 0x9e3779b97f4a7c15;

    return (uint8_t)((x ^ x >> 29) * 0xbf58476d1ce4e5b9 >> 56);
}

struct rings {
    struct out_ring writer, reader;
};

static int open_rings(void **state)
{
    struct rings *rings = calloc(1, sizeof(*rings));

    snprintf(path, sizeof(path), "/tmp/test_out_ring.%d", (int)getpid());
    if (!rings || out_ring_create(path, RING_BYTES) ||
        out_ring_open_writer(&rings->writer, path) ||
        out_ring_open_reader(&rings->reader, open(path, O_RDONLY)))
        return -1;
    *state = rings;
    return 0;
}

static int close_rings(void **state)
{
    struct rings *rings = *state;

    out_ring_close(&rings->writer);
    out_ring_close(&rings->reader);
    free(rings);
    return unlink(path);
}

static void put(struct rings *rings, uint64_t bytes)
{
    uint64_t n = atomic_load(&rings->writer.header->head);

    for (; bytes > 0; bytes--, n++)
        out_ring_put(&rings->writer, n, stream_byte(n));
}

static void assert_stream(const uint8_t *bytes, uint64_t from, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (bytes[i] != stream_byte(from + i))
            fail_msg("byte %llu is %02x, not %02x",
                     (unsigned long long)from + i, bytes[i],
                     stream_byte(from + i));
}

static void main_reader_gets_what_was_written(void **state)
{
    struct rings *rings = *state;
    uint64_t cursor = 0, missed;
    uint8_t buffer[RING_BYTES];

    assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer,
                                   sizeof(buffer), &missed), 0);
    put(rings, 100);
    assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer, 60,
                                   &missed), 60);
    assert_stream(buffer, 0, 60);
    assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer,
                                   sizeof(buffer), &missed), 40);
    assert_stream(buffer, 60, 40);
    assert_int_equal(missed, 0);
    assert_int_equal(cursor, 100);
}

static void main_reader_follows_the_ring_around_its_end(void **state)
{
    struct rings *rings = *state;
    uint64_t cursor = 0, missed;
    uint8_t buffer[RING_BYTES];
    int i;

    for (i = 0; i < 1000; i++) {
        uint64_t before = cursor;

        put(rings, 777);
        assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer,
                                       sizeof(buffer), &missed), 777);
        assert_int_equal(missed, 0);
        assert_stream(buffer, before, 777);
    }
}

static void main_full_ring_holds_its_last_bytes(void **state)
{
    struct rings *rings = *state;
    uint64_t cursor = 0, missed;
    uint8_t buffer[RING_BYTES];

    put(rings, RING_BYTES);
    assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer,
                                   sizeof(buffer), &missed), RING_BYTES);
    assert_int_equal(missed, 0);
    assert_stream(buffer, 0, RING_BYTES);
}

static void main_overtaken_reader_is_told_the_exact_count(void **state)
{
    struct rings *rings = *state;
    uint64_t cursor = 0, missed;
    uint8_t buffer[RING_BYTES];

    put(rings, 10);
    out_ring_read(&rings->reader, &cursor, buffer, 10, &missed);
    put(rings, RING_BYTES + 123);
    assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer,
                                   sizeof(buffer), &missed), RING_BYTES);
    assert_int_equal(missed, 123);
    assert_stream(buffer, 10 + 123, RING_BYTES);
    assert_int_equal(cursor, 10 + 123 + RING_BYTES);
}

static void main_byte_put_twice_is_there_once(void **state)
{
    struct rings *rings = *state;
    uint64_t cursor = 0, missed;
    uint8_t buffer[8];

    out_ring_put(&rings->writer, 0, 'a');
    out_ring_put(&rings->writer, 0, 'x');
    out_ring_put(&rings->writer, 1, 'b');
    out_ring_put(&rings->writer, 0, 'x');
    assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer, 8,
                                   &missed), 2);
    assert_memory_equal(buffer, "ab", 2);
}

/* Puts bytes `from` to `end` of the stream by one call. */
static void put_run(struct rings *rings, uint64_t from, uint64_t end)
{
    uint8_t bytes[RING_BYTES];
    uint64_t n;

    for (n = from; n < end; n++)
        bytes[n - from] = stream_byte(n);
    out_ring_put_run(&rings->writer, from, bytes, end - from);
}

/* All that the ring still holds is the stream, up to byte `head`. */
static void assert_ends_at(struct rings *rings, uint64_t head)
{
    uint64_t tail = head > RING_BYTES ? head - RING_BYTES : 0;
    uint64_t cursor = tail, missed;
    uint8_t buffer[RING_BYTES];

    assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer,
                                   sizeof(buffer), &missed), head - tail);
    assert_int_equal(missed, 0);
    assert_int_equal(cursor, head);
    assert_stream(buffer, tail, head - tail);
    assert_int_equal(rings->writer.header->tail, tail);
}

static void main_a_run_goes_around_the_rings_end(void **state)
{
    struct rings *rings = *state;
    uint64_t head = RING_BYTES - 10;

    put_run(rings, 0, head);
    assert_ends_at(rings, head);
    put_run(rings, head, head + 10);
    assert_ends_at(rings, head + 10);
    put_run(rings, head + 10, 2 * RING_BYTES - 10);
    assert_ends_at(rings, 2 * RING_BYTES - 10);
    put_run(rings, 2 * RING_BYTES - 10, 2 * RING_BYTES + 10);
    assert_ends_at(rings, 2 * RING_BYTES + 10);
    put_run(rings, 2 * RING_BYTES + 10, 3 * RING_BYTES + 10);
    assert_ends_at(rings, 3 * RING_BYTES + 10);
}

/* A successor finds that its predecessor has put a part of the run, up to just
 * before the ring's end. */
static void main_a_run_put_again_adds_what_is_missing(void **state)
{
    struct rings *rings = *state;
    uint64_t from = RING_BYTES - 6;

    put_run(rings, 0, from);
    put_run(rings, from, from + 4);
    put_run(rings, from, from + 4);
    assert_ends_at(rings, from + 4);
    put_run(rings, from, from + 20);
    assert_ends_at(rings, from + 20);
    put_run(rings, from, from + 12);
    assert_ends_at(rings, from + 20);
}

/* Readers may have what is there already, so it must stay as it is. */
static void main_a_run_put_again_changes_no_byte(void **state)
{
    struct rings *rings = *state;
    uint8_t other[8];

    put_run(rings, 0, 5);
    memset(other, '?', sizeof(other));
    other[5] = stream_byte(5);
    out_ring_put_run(&rings->writer, 0, other, 6);
    assert_ends_at(rings, 6);
}

static void main_a_run_that_does_not_meet_the_head_is_left_out(void **state)
{
    struct rings *rings = *state;

    put_run(rings, 0, 5);
    put_run(rings, 6, 10);
    assert_ends_at(rings, 5);
}

static void main_head_behind_the_cursor_is_not_believed(void **state)
{
    struct rings *rings = *state;
    uint64_t cursor = 1000, missed;
    uint8_t buffer[8];

    put(rings, 10);
    assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer, 8,
                                   &missed), 0);
    assert_int_equal(cursor, 10);
    assert_int_equal(missed, 0);
}

static void main_wild_head_makes_nobody_read_outside(void **state)
{
    struct rings *rings = *state;
    uint64_t cursor = 0, missed;
    uint8_t buffer[2 * RING_BYTES];

    atomic_store(&rings->writer.header->head, UINT64_MAX - 5);
    assert_true(out_ring_read(&rings->reader, &cursor, buffer,
                              sizeof(buffer), &missed) <= RING_BYTES);
    atomic_store(&rings->writer.header->tail, UINT64_MAX);
    cursor = 0;
    assert_int_equal(out_ring_read(&rings->reader, &cursor, buffer,
                                   sizeof(buffer), &missed), 0);
}

static void main_replay_is_what_there_is_and_was_asked_for(void **state)
{
    struct rings *rings = *state;

    assert_int_equal(out_ring_replay_cursor(&rings->reader, 100), 0);
    put(rings, 1000);
    assert_int_equal(out_ring_replay_cursor(&rings->reader, 100), 900);
    assert_int_equal(out_ring_replay_cursor(&rings->reader, 5000), 0);
    put(rings, RING_BYTES);
    assert_int_equal(out_ring_replay_cursor(&rings->reader, UINT64_MAX),
                     1000);
}

static void main_history_is_rounded_up_to_a_power_of_two(void **state)
{
    struct rings *rings = *state;

    out_ring_close(&rings->reader);
    assert_int_equal(out_ring_create(path, 65537), 0);
    assert_int_equal(out_ring_open_reader(&rings->reader,
                                          open(path, O_RDONLY)), 0);
    assert_int_equal(rings->reader.file.data_bytes, 131072);
    assert_int_equal(out_ring_create(path, (uint64_t)OUT_RING_BYTES_MAX + 1),
                     -1);
}

static void main_files_that_are_no_ring_are_refused(void **state)
{
    struct rings *rings = *state;
    struct shared_file_header header;
    int fd = open(path, O_RDWR);

    out_ring_close(&rings->reader);
    assert_int_equal(pread(fd, &header, sizeof(header), 0), sizeof(header));
    header.version++;
    assert_int_equal(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
    assert_int_equal(out_ring_open_reader(&rings->reader,
                                          open(path, O_RDONLY)), -1);
    header.version--;
    assert_int_equal(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
    assert_int_equal(ftruncate(fd, SHARED_FILE_HEADER_BYTES + 100), 0);
    assert_int_equal(out_ring_open_reader(&rings->reader,
                                          open(path, O_RDONLY)), -1);
    assert_int_equal(ftruncate(fd, 10), 0);
    assert_int_equal(out_ring_open_reader(&rings->reader,
                                          open(path, O_RDONLY)), -1);
    close(fd);
}

static void main_reader_cannot_write_the_ring(void **state)
{
    struct rings *rings = *state;
    int status;
    pid_t child = fork();

    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile uint8_t *)rings->reader.file.data = 1;
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

static void *write_all(void *argument)
{
    struct rings *rings = argument;
    uint64_t n;

    for (n = 0; n < STREAM_BYTES; n++) {
        out_ring_put(&rings->writer, n, stream_byte(n));
        if (n % (3 * RING_BYTES) == 0)
            sched_yield(); /* so that the reader keeps up at times */
    }
    return NULL;
}

static void main_concurrent_writer_loses_no_byte_uncounted(void **state)
{
    struct rings *rings = *state;
    uint64_t cursor = 0, missed, all_missed = 0, read = 0;
    uint8_t buffer[1500];
    pthread_t writer;

    assert_int_equal(pthread_create(&writer, NULL, write_all, rings), 0);
    while (cursor < STREAM_BYTES) {
        size_t bytes = out_ring_read(&rings->reader, &cursor, buffer,
                                     sizeof(buffer), &missed);

        assert_stream(buffer, cursor - bytes, bytes);
        all_missed += missed;
        read += bytes;
        assert_int_equal(all_missed + read, cursor);
    }
    pthread_join(writer, NULL);
    print_message("# %llu bytes read, %llu missed\n",
                  (unsigned long long)read, (unsigned long long)all_missed);
    assert_true(read > 0);
}

#define ring_test(name) \
    cmocka_unit_test_setup_teardown(name, open_rings, close_rings)

static const struct CMUnitTest tests[] = {
    ring_test(main_reader_gets_what_was_written),
    ring_test(main_reader_follows_the_ring_around_its_end),
    ring_test(main_full_ring_holds_its_last_bytes),
    ring_test(main_overtaken_reader_is_told_the_exact_count),
    ring_test(main_byte_put_twice_is_there_once),
    ring_test(main_a_run_goes_around_the_rings_end),
    ring_test(main_a_run_put_again_adds_what_is_missing),
    ring_test(main_a_run_put_again_changes_no_byte),
    ring_test(main_a_run_that_does_not_meet_the_head_is_left_out),
    ring_test(main_head_behind_the_cursor_is_not_believed),
    ring_test(main_wild_head_makes_nobody_read_outside),
    ring_test(main_replay_is_what_there_is_and_was_asked_for),
    ring_test(main_history_is_rounded_up_to_a_power_of_two),
    ring_test(main_files_that_are_no_ring_are_refused),
    ring_test(main_reader_cannot_write_the_ring),
    ring_test(main_concurrent_writer_loses_no_byte_uncounted),
};

UNIT_MAIN(tests)
