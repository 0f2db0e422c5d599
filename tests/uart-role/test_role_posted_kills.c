/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_posted_kills.c - the uart role is killed at every fault point, and
 * anywhere else, on a Xen that posts writes
 *
 * What the guest wrote is in the out ring once, in order, whether it waited
 * for it or not.
 */
#define _GNU_SOURCE
#include <linux/serial_reg.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "uart-role/role_posted.h"
#include "uart/fault_point.h"
#include "uart/port_access.h"

#define RANDOM_KILLS repetitions(200, 1000)
#define REP_BYTES_MAX (3 * PORT_ACCESS_RUN_MAX)
/* The guest waits when it is this far ahead of who checks its output: none of
 * that may be overwritten before it was checked. */
#define AHEAD_MAX (ROLE_TEST_HISTORY / 2)

/* What the guest writes comes from a seed, and is checked with the same seed
 * as clients read it. */
struct stream {
    struct role_test *test;
    unsigned int write_seed, check_seed;
    uint64_t written;
    _Atomic uint64_t checked;
    const char *_Atomic problem;
    _Atomic bool is_ending;
};

static uint8_t next_byte(unsigned int *seed)
{
    return rand_r(seed) >> 8;
}

static struct stream begin_stream(struct role_test *test)
{
    return (struct stream){
        .test = test,
        .write_seed = test->seed,
        .check_seed = test->seed,
    };
}

static void post_bytes(struct stream *stream, unsigned int count)
{
    struct fake_guest *guest = &stream->test->guest;

    stream->written += count;
    while (count-- > 0)
        if (fake_out(guest, 0, THR, 1, next_byte(&stream->write_seed)) !=
            FAKE_GUEST_OK)
            stream->problem = "the guest is stuck";
}

/* Writes a string.  Xen does not post these bytes, and the role takes them in
 * runs.  They begin anywhere, and go downwards at times. */
static void write_rep(struct stream *stream)
{
    struct role_test *test = stream->test;
    struct fake_guest *guest = &test->guest;
    unsigned int count = 1 + role_test_random(test) % REP_BYTES_MAX, i;
    uint64_t first = 0x4000 + role_test_random(test) % 4096;
    bool df = role_test_random(test) & 1;

    for (i = 0; i < count; i++)
        guest->memory[df ? first - i : first + i] =
            next_byte(&stream->write_seed);
    stream->written += count;
    if (fake_rep(guest, 1, false, THR, 1, first, count, df) != FAKE_GUEST_OK)
        stream->problem = "the guest is stuck";
}

/* Sets the divisor, whose bytes are posted and are no output. */
static void write_divisor(struct stream *stream, uint8_t dll)
{
    struct fake_guest *guest = &stream->test->guest;

    fake_out(guest, 0, LCR, 1, UART_LCR_DLAB | UART_LCR_WLEN8);
    fake_out(guest, 0, THR, 1, ~dll);
    fake_out(guest, 0, THR, 1, dll);
    if (fake_in(guest, 0, THR, 1) != dll)
        stream->problem = "a divisor's byte was lost";
    fake_out(guest, 0, LCR, 1, UART_LCR_WLEN8);
}

/* Sends a byte in loop mode: it is received once, also when it was posted. */
static void loop_back(struct stream *stream, uint8_t byte)
{
    struct fake_guest *guest = &stream->test->guest;

    fake_out(guest, 0, MCR, 1, UART_MCR_LOOP);
    fake_out(guest, 0, THR, 1, byte);
    if (fake_in(guest, 0, RBR, 1) != byte)
        stream->problem = "a byte did not come back";
    if (fake_in(guest, 0, LSR, 1) & (UART_LSR_DR | UART_LSR_OE))
        stream->problem = "a byte came back twice";
    fake_out(guest, 0, MCR, 1, 0);
}

static void write_some(struct stream *stream)
{
    struct role_test *test = stream->test;

    post_bytes(stream, 1 + role_test_random(test) % 64);
    switch (role_test_random(test) % 8) {
    case 0: write_rep(stream); break;
    case 1: write_divisor(stream, role_test_random(test)); break;
    case 2: loop_back(stream, role_test_random(test)); break;
    case 3: read_rbr(test); break;
    case 4: post_bytes(stream, SLOTS); break; /* more than the ring holds */
    case 5: fake_time_offset(&test->guest, stream->written); break;
    default: break;
    }
}

/* Reads the output as a client does: nothing may be missing, or there twice.
 */
static void check_output(struct stream *stream)
{
    uint64_t cursor = stream->checked, missed;
    uint8_t bytes[4096];
    size_t count, i;

    do {
        count = out_ring_read(&stream->test->harness.out, &cursor, bytes,
                              sizeof(bytes), &missed);
        if (missed)
            stream->problem = "the test's client is too slow";
        for (i = 0; i < count; i++)
            if (bytes[i] != next_byte(&stream->check_seed))
                stream->problem = "output was lost, doubled or changed";
        stream->checked = cursor;
    } while (count > 0 && !stream->problem);
}

/* Call it when the guest writes nothing. */
static void assert_all_is_out(struct stream *stream)
{
    read_rbr(stream->test);
    check_output(stream);
    if (stream->problem)
        fail_msg("%s", stream->problem);
    assert_int_equal(stream->checked, stream->written);
}

/* Does the role pass this point?  This UART has no device, and this guest no
 * interrupts. */
static bool is_point(unsigned int point)
{
    return point != FAULT_DEVICE_MARKED && point != FAULT_DEVICE_DONE &&
           point != FAULT_LEVEL_NOTED && point != FAULT_LINE_SET;
}

/* Writes until `kills` roles have died. */
static void write_until_killed(struct stream *stream,
                               void (*write)(struct stream *), uint32_t kills)
{
    struct role_harness *harness = &stream->test->harness;

    while (harness->kills < kills && !harness->errors && !stream->problem) {
        write(stream);
        check_output(stream);
    }
    assert_int_equal(harness->kills, kills);
}

/* Kills the role the first time that it comes to each point, the second time,
 * and so on. */
static void kill_at_every_point(struct role_test *test,
                                void (*write)(struct stream *),
                                bool (*is_passed)(unsigned int point),
                                unsigned int times)
{
    struct stream stream = begin_stream(test);
    unsigned int point, at;

    assert_int_equal(harness_supervise(&test->harness), 0);
    for (point = 0; point < FAULT_POINTS; point++) {
        for (at = 1; is_passed(point) && at <= times; at++) {
            fake_fault_set(FAKE_FAULT_KILL, point, at);
            write_until_killed(&stream, write, test->harness.kills + 1);
            assert_true(fake_fault_clear());
            assert_all_is_out(&stream);
        }
    }
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
    assert_all_is_out(&stream);
}

static void main_posted_bytes_are_out_once_at_every_fault_point(void **state)
{
    kill_at_every_point(*state, write_some, is_point, 8);
}

static bool is_point_of_strings(unsigned int point)
{
    return is_point(point) && point != FAULT_POSTED_TAKEN;
}

static void main_strings_are_out_once_at_every_fault_point(void **state)
{
    kill_at_every_point(*state, write_rep, is_point_of_strings, 4);
}

static unsigned int second_point;

static void arm_second_point(struct role_harness *harness)
{
    fake_fault_set(FAKE_FAULT_KILL, second_point, 1);
    harness->before_successor = NULL;
}

static void main_posted_bytes_are_out_once_at_every_two_fault_points(
    void **state)
{
    struct role_test *test = *state;
    struct stream stream = begin_stream(test);
    unsigned int first, second;

    assert_int_equal(harness_supervise(&test->harness), 0);
    for (first = 0; first < FAULT_POINTS; first++) {
        for (second = 0; second < FAULT_POINTS; second++) {
            if (!is_point(first) || !is_point(second))
                continue;
            second_point = second;
            test->harness.before_successor = arm_second_point;
            fake_fault_set(FAKE_FAULT_KILL, first,
                           1 + role_test_random(test) % 5);
            write_until_killed(&stream, write_some, test->harness.kills + 2);
            assert_true(fake_fault_clear());
            assert_all_is_out(&stream);
        }
    }
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
    assert_all_is_out(&stream);
}

static bool is_far_ahead(const struct stream *stream)
{
    return stream->written - stream->checked > AHEAD_MAX;
}

static void *guest_main(void *opaque)
{
    struct stream *stream = opaque;

    while (!stream->is_ending && !stream->problem) {
        if (is_far_ahead(stream))
            sched_yield();
        else
            write_some(stream);
    }
    return NULL;
}

static void main_posted_bytes_are_out_once_at_random_kills(void **state)
{
    struct role_test *test = *state;
    struct role_harness *harness = &test->harness;
    struct stream stream = begin_stream(test);
    int64_t start = role_test_now_ns();
    pthread_t guest;

    /* Roles are killed within twice the time that a start takes, so about half
     * of them die while they start. */
    assert_int_equal(harness_kill(harness), SIGKILL);
    assert_int_equal(harness_start(harness), 0);
    harness->kill_within_ns = 2 * (role_test_now_ns() - start);
    harness->seed = test->seed;
    harness->random_kills = RANDOM_KILLS;
    assert_int_equal(harness_supervise(harness), 0);
    assert_int_equal(pthread_create(&guest, NULL, guest_main, &stream), 0);
    kill(harness->pid, SIGKILL);
    while (harness->kills < RANDOM_KILLS && !harness->errors &&
           !stream.problem) {
        check_output(&stream);
        sched_yield();
    }
    stream.is_ending = true;
    pthread_join(guest, NULL);
    harness_await_random_kills(harness);
    assert_int_equal(harness_rest(harness), 0);
    assert_int_equal(harness->errors, 0);
    assert_true(harness->kills >= RANDOM_KILLS);
    assert_all_is_out(&stream);
    print_message("%u kills, %lu bytes, %lu posted, %lu did not fit\n",
                  harness->kills, (unsigned long)stream.written,
                  (unsigned long)posting(test)->posted,
                  (unsigned long)posting(test)->refused);
}

static const struct CMUnitTest tests[] = {
    POSTED_TEST(main_posted_bytes_are_out_once_at_every_fault_point),
    POSTED_TEST(main_strings_are_out_once_at_every_fault_point),
    POSTED_TEST(main_posted_bytes_are_out_once_at_every_two_fault_points),
    POSTED_TEST(main_posted_bytes_are_out_once_at_random_kills),
};

UNIT_MAIN(tests)
