/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_posted_writes.c - the ring of posted writes, with a test in the place
 * of Xen
 */
#include "uart/posted_writes.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <xen/hvm/ioreq.h>

#include "unit/unit.h"

#define PORT  0x3f8
#define SLOTS IOREQ_BUFFER_SLOT_NUM
#define ROUNDS 20000000u

static _Alignas(4096) struct buffered_iopage page;
static struct posted_writes posted;
static unsigned int seed;

static int begin(void **state)
{
    (void)state;
    memset(&page, 0, sizeof(page));
    posted = (struct posted_writes){ &page, PORT };
    seed = 1;
    return 0;
}

static void put(struct buf_ioreq entry)
{
    page.buf_ioreq[page.write_pointer++ % SLOTS] = entry;
}

static void put_byte(uint8_t byte)
{
    put((struct buf_ioreq){ .type = IOREQ_TYPE_PIO,
                            .dir = IOREQ_WRITE,
                            .addr = PORT,
                            .data = byte });
}

static void put_text(const char *text)
{
    while (*text)
        put_byte((uint8_t)*text++);
}

/* Takes 511 from both pointers, as Xen does after a write. */
static void keep_small(void)
{
    uint32_t whole = page.read_pointer / SLOTS * SLOTS;

    page.read_pointer -= whole;
    page.write_pointer -= whole;
}

/* Begins with an empty ring, whose pointers stand at `pointer`. */
static void begin_at(uint32_t pointer)
{
    page.read_pointer = page.write_pointer = pointer;
}

static void assert_copied(const char *text, unsigned int expected_entries)
{
    uint8_t bytes[POSTED_WRITES_MAX];
    unsigned int entries;

    assert_int_equal(posted_writes_copy(&posted, bytes, &entries),
                     strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
    assert_int_equal(entries, expected_entries);
}

static void main_posted_bytes_come_in_order_until_they_are_consumed(
    void **state)
{
    (void)state;
    assert_int_equal(posted_writes_count(&posted), 0);
    assert_copied("", 0);
    put_text("hello");
    assert_int_equal(posted_writes_count(&posted), 5);
    assert_copied("hello", 5);
    assert_copied("hello", 5);
    posted_writes_advance(&posted, 2);
    assert_copied("llo", 3);
    put_text("!");
    assert_copied("llo!", 4);
    posted_writes_advance(&posted, 4);
    assert_int_equal(posted_writes_count(&posted), 0);
    assert_int_equal(page.read_pointer, 6);
}

static void main_without_a_ring_nothing_is_posted(void **state)
{
    struct posted_writes none = { NULL, PORT };

    (void)state;
    assert_int_equal(posted_writes_count(&none), 0);
    posted_writes_settle(&none, 100);
}

static void main_a_run_goes_on_at_the_rings_beginning(void **state)
{
    (void)state;
    begin_at(SLOTS - 3);
    put_text("around");
    assert_copied("around", 6);
    assert_int_equal(posted_writes_position(&posted, 2), SLOTS - 1);
    assert_int_equal(posted_writes_position(&posted, 3), 0);
    assert_int_equal(posted_writes_position(&posted, 6), 3);
}

static void main_a_full_ring_is_two_runs(void **state)
{
    uint8_t bytes[POSTED_WRITES_MAX];
    unsigned int entries, i;

    (void)state;
    begin_at(200);
    for (i = 0; i < SLOTS; i++)
        put_byte(i);
    assert_int_equal(posted_writes_count(&posted), SLOTS);
    assert_int_equal(posted_writes_copy(&posted, bytes, &entries),
                     POSTED_WRITES_MAX);
    assert_int_equal(entries, POSTED_WRITES_MAX);
    for (i = 0; i < POSTED_WRITES_MAX; i++)
        assert_int_equal(bytes[i], (uint8_t)i);
    posted_writes_advance(&posted, entries);
    assert_int_equal(posted_writes_copy(&posted, bytes, &entries), 1);
    assert_int_equal(bytes[0], (uint8_t)POSTED_WRITES_MAX);
}

/* A guest's clock, and writes that are wider or to other ports, take entries,
 * too. */
static void main_foreign_entries_are_left_out(void **state)
{
    const struct buf_ioreq foreign[] = {
        { .type = IOREQ_TYPE_TIMEOFFSET,
          .dir = IOREQ_WRITE,
          .size = 3,
          .data = 0x41414141 },
        { .type = IOREQ_TYPE_TIMEOFFSET, .dir = IOREQ_WRITE, .addr = PORT },
        { .type = IOREQ_TYPE_COPY, .dir = IOREQ_WRITE, .addr = PORT },
        { .type = IOREQ_TYPE_PIO, .dir = IOREQ_READ, .addr = PORT },
        { .type = IOREQ_TYPE_PIO, .dir = IOREQ_WRITE, .addr = PORT + 1 },
        { .type = IOREQ_TYPE_PIO,
          .dir = IOREQ_WRITE,
          .size = 1,
          .addr = PORT },
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        put_byte('a' + i);
        put(foreign[i]);
    }
    assert_copied("abcdef", 12);
    posted_writes_advance(&posted, 12);
    put(foreign[0]);
    /* Those entries are consumed all the same. */
    assert_copied("", 1);
}

static void main_a_bytes_upper_bits_are_not_looked_at(void **state)
{
    (void)state;
    put((struct buf_ioreq){ .type = IOREQ_TYPE_PIO,
                            .dir = IOREQ_WRITE,
                            .addr = PORT,
                            .data = 0x12345600 | 'x' });
    assert_copied("x", 1);
}

static void main_a_position_is_the_same_before_and_after_xen_keeps_it_small(
    void **state)
{
    uint16_t position;

    (void)state;
    begin_at(3 * SLOTS + 10);
    put_text("abcd");
    position = posted_writes_position(&posted, 3);
    assert_int_equal(position, 13);
    keep_small();
    assert_int_equal(page.read_pointer, 10);
    assert_int_equal(posted_writes_position(&posted, 3), position);
    assert_copied("abcd", 4);
}

/* The process died between the commit and the move of the pointer, and Xen
 * went on. */
static void main_a_successor_settles_what_was_consumed(void **state)
{
    uint16_t position;

    (void)state;
    begin_at(2 * SLOTS - 2);
    put_text("abcd");
    position = posted_writes_position(&posted, 3);
    put_text("ef");
    keep_small();
    posted_writes_settle(&posted, position);
    assert_copied("def", 3);
    posted_writes_settle(&posted, position);
    assert_copied("def", 3);
}

static void main_nothing_is_settled_twice_over_many_rounds(void **state)
{
    uint8_t bytes[POSTED_WRITES_MAX], next_out = 0, next_in = 0;
    unsigned int round, entries, i;

    (void)state;
    for (round = 0; round < 20000; round++) {
        unsigned int room = SLOTS - posted_writes_count(&posted);
        unsigned int count = (unsigned int)rand_r(&seed) % (room + 1);
        uint16_t position;

        while (count-- > 0)
            put_byte(next_in++);
        if (rand_r(&seed) % 2)
            keep_small();
        posted_writes_copy(&posted, bytes, &entries);
        if (entries > 0)
            entries = (unsigned int)rand_r(&seed) % (entries + 1);
        for (i = 0; i < entries; i++)
            assert_int_equal(bytes[i], next_out++);
        position = posted_writes_position(&posted, entries);
        if (rand_r(&seed) % 2)
            posted_writes_advance(&posted, entries);
        if (rand_r(&seed) % 2)
            keep_small();
        posted_writes_settle(&posted, position);
        assert_int_equal(page.read_pointer % SLOTS, position);
    }
    assert_int_equal((uint8_t)posted_writes_count(&posted),
                     (uint8_t)(next_in - next_out));
}

static void main_a_position_that_the_ring_has_not_reached_is_not_believed(
    void **state)
{
    (void)state;
    begin_at(5);
    put_text("abc");
    posted_writes_settle(&posted, 9);
    assert_copied("abc", 3);
    posted_writes_settle(&posted, 4);
    assert_copied("abc", 3);
    posted_writes_settle(&posted, 8);
    assert_int_equal(posted_writes_count(&posted), 0);
}

static void main_a_state_without_a_position_goes_on_where_the_ring_is(
    void **state)
{
    unsigned int i;

    (void)state;
    begin_at(5);
    for (i = 0; i < SLOTS; i++)
        put_byte('x');
    posted_writes_settle(&posted, POSTED_WRITES_NO_POSITION);
    assert_int_equal(posted_writes_count(&posted), SLOTS);
}

struct keeper {
    _Atomic bool is_ending;
    _Atomic unsigned int rounds;
};

/* Takes 511 from both pointers and gives it back, as fast as it can. */
static void *keep_small_main(void *opaque)
{
    struct keeper *keeper = opaque;
    uint64_t *pointers = (uint64_t *)(void *)&page.read_pointer;
    uint64_t round = (uint64_t)SLOTS << 32 | SLOTS;

    for (; !keeper->is_ending; keeper->rounds++) {
        __atomic_fetch_add(pointers, round, __ATOMIC_SEQ_CST);
        __atomic_fetch_sub(pointers, round, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void main_both_pointers_are_of_one_moment(void **state)
{
    struct keeper keeper = { .rounds = 0 };
    bool is_right = true;
    pthread_t xen;

    (void)state;
    put_text("abc");
    assert_int_equal(pthread_create(&xen, NULL, keep_small_main, &keeper),
                     0);
    while (is_right && keeper.rounds < ROUNDS)
        is_right = posted_writes_count(&posted) == 3;
    keeper.is_ending = true;
    pthread_join(xen, NULL);
    assert_true(is_right);
}

/* Xen never makes such pointers.  Nothing outside of the page may be read. */
static void main_pointers_that_make_no_sense_are_a_full_ring(void **state)
{
    static const struct {
        uint32_t read, write;
    } wild[] = {
        { 0, SLOTS + 1 },
        { 1, 0 },
        { UINT32_MAX, 0x80000000 },
        { 0, UINT32_MAX },
    };
    uint8_t bytes[POSTED_WRITES_MAX];
    unsigned int entries, i;

    (void)state;
    for (i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
        page.read_pointer = wild[i].read;
        page.write_pointer = wild[i].write;
        assert_int_equal(posted_writes_count(&posted), SLOTS);
        assert_in_range(posted_writes_copy(&posted, bytes, &entries), 0,
                        POSTED_WRITES_MAX);
        assert_int_equal(entries, POSTED_WRITES_MAX);
        assert_in_range(posted_writes_position(&posted, entries), 0,
                        SLOTS - 1);
    }
}

#define RING_TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    RING_TEST(main_posted_bytes_come_in_order_until_they_are_consumed),
    RING_TEST(main_without_a_ring_nothing_is_posted),
    RING_TEST(main_a_run_goes_on_at_the_rings_beginning),
    RING_TEST(main_a_full_ring_is_two_runs),
    RING_TEST(main_foreign_entries_are_left_out),
    RING_TEST(main_a_bytes_upper_bits_are_not_looked_at),
    RING_TEST(main_a_position_is_the_same_before_and_after_xen_keeps_it_small),
    RING_TEST(main_a_successor_settles_what_was_consumed),
    RING_TEST(main_nothing_is_settled_twice_over_many_rounds),
    RING_TEST(main_a_position_that_the_ring_has_not_reached_is_not_believed),
    RING_TEST(main_a_state_without_a_position_goes_on_where_the_ring_is),
    RING_TEST(main_both_pointers_are_of_one_moment),
    RING_TEST(main_pointers_that_make_no_sense_are_a_full_ring),
};

UNIT_MAIN(tests)
