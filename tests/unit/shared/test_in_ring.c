/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_in_ring.c - the in ring: what is written is read, a full ring takes no
 * more, and corrupted offsets do no harm
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/serial_reg.h>

#include "shared/in_ring.h"

#include "unit/unit.h"

static char path[64];

struct rings {
    struct in_ring writer, reader;
    uint64_t in_tail; /* the reader's offset, which the file does not hold */
};

static int open_rings(void **state)
{
    struct rings *rings = calloc(1, sizeof(*rings));

    snprintf(path, sizeof(path), "/tmp/test_in_ring.%d", (int)getpid());
    if (!rings || in_ring_create(path) ||
        in_ring_open_writer(&rings->writer, open(path, O_RDWR)) ||
        in_ring_open_reader(&rings->reader, path))
        return -1;
    *state = rings;
    return 0;
}

static int close_rings(void **state)
{
    struct rings *rings = *state;

    in_ring_close(&rings->writer);
    in_ring_close(&rings->reader);
    free(rings);
    return unlink(path);
}

static void main_what_is_typed_is_read(void **state)
{
    struct rings *rings = *state;
    uint8_t buffer[16];

    assert_int_equal(in_ring_write(&rings->writer, 0, "root\n", 5), 5);
    assert_int_equal(in_ring_read(&rings->reader, 0, buffer, NULL, 16), 5);
    assert_memory_equal(buffer, "root\n", 5);
    assert_int_equal(in_ring_read(&rings->reader, 3, buffer, NULL, 16), 2);
    assert_memory_equal(buffer, "t\n", 2);
    assert_int_equal(in_ring_read(&rings->reader, 5, buffer, NULL, 16), 0);
}

static void main_typing_goes_around_the_rings_end(void **state)
{
    struct rings *rings = *state;
    uint8_t piece[999], buffer[999];
    int round;

    for (round = 0; round < 100; round++) {
        memset(piece, round, sizeof(piece));
        piece[0] = 'x';
        assert_int_equal(in_ring_write(&rings->writer, rings->in_tail, piece,
                                       999), 999);
        assert_int_equal(in_ring_read(&rings->reader, rings->in_tail, buffer, NULL,
                                      999), 999);
        assert_memory_equal(piece, buffer, 999);
        rings->in_tail += 999;
    }
}

static void main_full_in_ring_takes_no_more(void **state)
{
    struct rings *rings = *state;
    static uint8_t piece[IN_RING_BYTES];

    assert_int_equal(in_ring_write(&rings->writer, 0, piece, 16000), 16000);
    assert_int_equal(in_ring_write(&rings->writer, 0, piece, 16000),
                     IN_RING_BYTES - 16000);
    assert_int_equal(in_ring_write(&rings->writer, 0, piece, 1), 0);
    assert_int_equal(in_ring_write(&rings->writer, 1, piece, 2), 1);
}

static void main_in_tail_that_makes_no_sense_counts_as_full(void **state)
{
    struct rings *rings = *state;

    assert_int_equal(in_ring_write(&rings->writer, 1, "x", 1), 0);
    assert_int_equal(in_ring_write(&rings->writer, UINT64_MAX - 99999, "x",
                                   1), 0);
    assert_int_equal(atomic_load(&rings->writer.header->head), 0);
}

/* D6: what is no byte stands in the same queue. */
static void main_breaks_and_errors_stand_among_the_bytes(void **state)
{
    struct rings *rings = *state;
    struct in_ring *writer = &rings->writer;
    uint8_t bytes[8], errors[8];
    unsigned int round;

    for (round = 0; round < IN_RING_BYTES; round++) {
        uint64_t at = rings->in_tail;

        assert_int_equal(in_ring_write(writer, at, "ab", 2), 2);
        assert_true(in_ring_write_errors(writer, at, 0, UART_LSR_BI));
        assert_true(in_ring_write_errors(writer, at, 'c', UART_LSR_PE));
        assert_int_equal(in_ring_write(writer, at, "d", 1), 1);
        assert_int_equal(in_ring_read(&rings->reader, at, bytes, errors,
                                      sizeof(bytes)), 5);
        assert_memory_equal(bytes, "ab\0cd", 5);
        assert_memory_equal(errors, "\0\0\20\4\0", 5);
        rings->in_tail += 5;
    }
}

/* A break is not refused for want of room behind what was typed before. */
static void main_a_full_in_ring_takes_some_breaks(void **state)
{
    struct rings *rings = *state;
    struct in_ring *writer = &rings->writer;
    static uint8_t piece[IN_RING_BYTES];
    unsigned int breaks = 0;

    assert_int_equal(in_ring_write(writer, 0, piece, IN_RING_BYTES),
                     IN_RING_BYTES);
    assert_false(in_ring_write_errors(writer, 0, 'x', 0));
    while (in_ring_write_errors(writer, 0, 0, UART_LSR_BI))
        breaks++;
    assert_int_equal(breaks, IN_RING_BREAKS);
    assert_int_equal(in_ring_write(writer, breaks, piece, 1), 0);
    assert_int_equal(in_ring_write(writer, breaks + 1, piece, 2), 1);
    assert_false(in_ring_write_errors(writer, UINT64_MAX - 99999, 0,
                                      UART_LSR_BI));
}

static void main_corrupted_in_head_is_refused(void **state)
{
    struct rings *rings = *state;
    uint8_t buffer[2 * IN_RING_ITEMS];

    atomic_store(&rings->writer.header->head, IN_RING_ITEMS + 1);
    assert_int_equal(in_ring_read(&rings->reader, 0, buffer, NULL,
                                  sizeof(buffer)), -1);
    atomic_store(&rings->writer.header->head, 99);
    assert_int_equal(in_ring_read(&rings->reader, 100, buffer, NULL,
                                  sizeof(buffer)), -1);
    atomic_store(&rings->writer.header->head, IN_RING_ITEMS + 50);
    assert_int_equal(in_ring_read(&rings->reader, 50, buffer, NULL,
                                  sizeof(buffer)), IN_RING_ITEMS);
}

static void main_in_ring_of_another_size_is_refused(void **state)
{
    struct rings *rings = *state;

    in_ring_close(&rings->writer);
    assert_int_equal(shared_file_create(path, &in_ring_kind,
                                        2 * IN_RING_FILE_BYTES), 0);
    assert_int_equal(in_ring_open_writer(&rings->writer, open(path, O_RDWR)),
                     -1);
}

/* A2: its writer can do both. */
static void trust_a_spoiled_or_longer_in_ring_is_still_read(void **state)
{
    struct rings *rings = *state;
    struct in_ring *reader = &rings->reader;
    uint8_t buffer[4];

    in_ring_close(reader);
    rings->writer.header->file.version = 99;
    assert_int_equal(truncate(path, SHARED_FILE_HEADER_BYTES + IN_RING_FILE_BYTES +
                                        1), 0);
    assert_int_equal(in_ring_open_reader(reader, path), -1);
    assert_int_equal(in_ring_open_spoiled(reader, path), 0);
    assert_int_equal(reader->file.data_bytes, IN_RING_FILE_BYTES);
    assert_int_equal(in_ring_write(&rings->writer, 0, "abcd", 4), 4);
    assert_int_equal(in_ring_read(reader, 0, buffer, NULL, 4), 4);
    assert_memory_equal(buffer, "abcd", 4);

    in_ring_close(reader);
    assert_int_equal(truncate(path, IN_RING_BYTES), 0);
    assert_int_equal(in_ring_open_spoiled(reader, path), -1);
}

#define ring_test(name) \
    cmocka_unit_test_setup_teardown(name, open_rings, close_rings)

static const struct CMUnitTest tests[] = {
    ring_test(main_what_is_typed_is_read),
    ring_test(main_typing_goes_around_the_rings_end),
    ring_test(main_full_in_ring_takes_no_more),
    ring_test(main_breaks_and_errors_stand_among_the_bytes),
    ring_test(main_a_full_in_ring_takes_some_breaks),
    ring_test(main_in_tail_that_makes_no_sense_counts_as_full),
    ring_test(main_corrupted_in_head_is_refused),
    ring_test(main_in_ring_of_another_size_is_refused),
    ring_test(trust_a_spoiled_or_longer_in_ring_is_still_read),
};

UNIT_MAIN(tests)
