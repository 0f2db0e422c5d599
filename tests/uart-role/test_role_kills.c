/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_kills.c - the uart role is killed at every fault point, and
 * anywhere else
 *
 * What the guest wrote is in the out ring once, in order, and the guest goes
 * on.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "uart-role/role_test.h"
#include "uart/fault_point.h"

#define STREAM_BYTES ROLE_TEST_HISTORY
#define REP_BYTES 37
#define RANDOM_KILLS (200 / SANITIZER_SLOWNESS)

/* All that the guest has written so far. */
struct stream {
    struct role_test *test;
    uint8_t bytes[STREAM_BYTES];
    size_t count;
    unsigned int rep_vcpu; /* writes by rep; vCPU 0 writes single bytes */
    bool is_stuck;
    _Atomic bool is_ending;
};

static void add(struct stream *stream, uint8_t byte)
{
    if (stream->count < STREAM_BYTES)
        stream->bytes[stream->count] = byte;
    stream->count++;
}

static void write_bytes(struct stream *stream, unsigned int count)
{
    while (count-- && !stream->is_stuck) {
        uint8_t byte = role_test_random(stream->test);

        add(stream, byte);
        stream->is_stuck = fake_out(&stream->test->guest, 0, THR, 1, byte) !=
                           FAKE_GUEST_OK;
    }
}

/* From an address that is not aligned, at times downwards. */
static void write_rep(struct stream *stream, unsigned int count)
{
    struct fake_guest *guest = &stream->test->guest;
    bool df = role_test_random(stream->test) & 1;
    uint64_t address = 0x2000 + role_test_random(stream->test);
    uint64_t first = df ? address + count - 1 : address;
    unsigned int i;

    for (i = 0; i < count; i++) {
        uint8_t byte = role_test_random(stream->test);

        guest->memory[df ? first - i : first + i] = byte;
        add(stream, byte);
    }
    stream->is_stuck |= fake_rep(guest, stream->rep_vcpu, false, THR, 1,
                                 first, count, df) != FAKE_GUEST_OK;
}

static struct stream *new_stream(struct role_test *test)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    assert_non_null(stream);
    stream->test = test;
    stream->rep_vcpu = 1;
    return stream;
}

/* Kills the role once at this point, somewhere in a stream of bytes. */
static void kill_at_point(struct stream *stream, unsigned int point,
                          bool is_rep)
{
    struct role_test *test = stream->test;
    uint32_t kills = test->harness.kills;
    unsigned int i, at = 1 + role_test_random(test) % (is_rep ? 3 : 8);

    /* Within a rep each byte passes these points. */
    if (is_rep && point >= FAULT_DEVICE_MARKED && point <= FAULT_COMMITTED)
        at = 1 + role_test_random(test) % (3 * REP_BYTES);
    fake_fault_set(FAKE_FAULT_KILL, point, at);
    for (i = 0; i < 8; i++) {
        if (is_rep)
            write_rep(stream, REP_BYTES);
        else
            write_bytes(stream, 4);
    }
    if (!fake_fault_clear() || stream->is_stuck)
        fail_msg("killed at %s of a %s: the guest is stuck, or there was no "
                 "such point", fault_point_names[point],
                 is_rep ? "rep outs" : "stream");
    /* The role passes the last points when the guest has its answer already.
     */
    while (test->harness.kills == kills && !test->harness.errors)
        write_bytes(stream, 1);
    if (!output_is(test, stream->bytes, stream->count))
        fail_msg("killed at %s of a %s", fault_point_names[point],
                 is_rep ? "rep outs" : "stream");
}

/* Nothing is posted to these UARTs, and they do not interrupt here;
 * test_role_posted_kills.c has those points. */
static bool is_point_of_passthrough(unsigned int point)
{
    return point != FAULT_POSTED_TAKEN && point != FAULT_LEVEL_NOTED &&
           point != FAULT_LINE_SET;
}

static bool is_point_of_standin(unsigned int point)
{
    return is_point_of_passthrough(point) && point != FAULT_DEVICE_MARKED &&
           point != FAULT_DEVICE_DONE;
}

static void main_exactly_once_at_every_fault_point(void **state)
{
    struct role_test *test = *state;
    struct stream *stream = new_stream(test);
    unsigned int point;

    assert_int_equal(harness_supervise(&test->harness), 0);
    for (point = 0; point < FAULT_POINTS; point++) {
        /* A UART without a device does not pass all points. */
        if (!is_point_of_standin(point))
            continue;
        kill_at_point(stream, point, false);
        kill_at_point(stream, point, true);
    }
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
    assert_true(output_is(test, stream->bytes, stream->count));
    free(stream);
}

static unsigned int second_point;

static void arm_second_point(struct role_harness *harness)
{
    fake_fault_set(FAKE_FAULT_KILL, second_point, 1);
    harness->before_successor = NULL;
}

/* The successor dies, too, perhaps while it recovers. */
static void kill_at_two_points(struct stream *stream, unsigned int first,
                              unsigned int second)
{
    struct role_test *test = stream->test;
    uint32_t kills = test->harness.kills;

    second_point = second;
    test->harness.before_successor = arm_second_point;
    fake_fault_set(FAKE_FAULT_KILL, first, 1 + role_test_random(test) % 5);
    while (test->harness.kills < kills + 2 && !test->harness.errors &&
           !stream->is_stuck && stream->count + REP_BYTES < STREAM_BYTES) {
        write_bytes(stream, 1);
        write_rep(stream, 3);
    }
    fake_fault_clear();
    if (test->harness.kills != kills + 2 ||
        !output_is(test, stream->bytes, stream->count))
        fail_msg("killed at %s, then at %s", fault_point_names[first],
                 fault_point_names[second]);
}

static void main_exactly_once_at_every_two_fault_points(void **state)
{
    struct role_test *test = *state;
    struct stream *stream = new_stream(test);
    unsigned int first, second;

    /* Now one vCPU does both: its next request stands in the slot that was
     * just answered. */
    stream->rep_vcpu = 0;
    assert_int_equal(harness_supervise(&test->harness), 0);
    for (first = 0; first < FAULT_POINTS; first++)
        for (second = 0; second < FAULT_POINTS; second++)
            if (is_point_of_standin(first) && is_point_of_standin(second))
                kill_at_two_points(stream, first, second);
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
    assert_true(output_is(test, stream->bytes, stream->count));
    free(stream);
}

/* What went out on the machine's serial line is the stream without at most
 * `lost` bytes. */
static bool line_is_stream_but(const struct fake_uart *machine,
                               const struct stream *stream, uint64_t lost)
{
    uint64_t written = machine->written, at = 0;
    size_t i;

    for (i = 0; i < stream->count && at < written; i++)
        if (machine->line[at] == stream->bytes[i])
            at++;
    print_message("%zu bytes written, %lu on the line, %lu in doubt\n",
                  stream->count, (unsigned long)written,
                  (unsigned long)lost);
    return at == written && written <= stream->count &&
           stream->count - written <= lost;
}

static void main_passthrough_repeats_nothing_at_any_fault_point(void **state)
{
    struct role_test *test = *state;
    struct stream *stream = new_stream(test);
    uint64_t in_doubt;
    unsigned int point;

    assert_int_equal(harness_supervise(&test->harness), 0);
    for (point = 0; point < FAULT_POINTS; point++) {
        if (!is_point_of_passthrough(point))
            continue;
        kill_at_point(stream, point, false);
        kill_at_point(stream, point, true);
    }
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
    in_doubt = test->harness.out.header->report.in_doubt;
    /* Only a death between the mark and the commit leaves a doubt: at the
     * points device-marked, device-done and ring-put, each of which was passed
     * twice. */
    assert_int_equal(in_doubt, 6);
    assert_true(line_is_stream_but(test->machine, stream, in_doubt));
    /* At device-marked the byte was not sent yet: these two are missing on the
     * line. */
    assert_int_equal(stream->count - test->machine->written, 2);
    free(stream);
}

static void *guest_main(void *opaque)
{
    struct stream *stream = opaque;

    while (!stream->is_ending && !stream->is_stuck &&
           stream->count + REP_BYTES + 16 < STREAM_BYTES) {
        write_bytes(stream, 1 + role_test_random(stream->test) % 16);
        write_rep(stream, REP_BYTES);
    }
    return NULL;
}

static void kill_at_random(struct role_test *test, struct stream *stream,
                           unsigned int kills)
{
    int64_t start = role_test_now_ns();
    pthread_t guest;

    /* Roles are killed within twice the time that a start takes, so about half
     * of them die while they start. */
    assert_int_equal(harness_kill(&test->harness), 9);
    assert_int_equal(harness_start(&test->harness), 0);
    test->harness.kill_within_ns = 2 * (role_test_now_ns() - start);
    test->harness.seed = test->seed;
    test->harness.random_kills = kills;
    assert_int_equal(harness_supervise(&test->harness), 0);
    assert_int_equal(pthread_create(&guest, NULL, guest_main, stream), 0);
    kill(test->harness.pid, SIGKILL);
    harness_await_random_kills(&test->harness);
    stream->is_ending = true;
    pthread_join(guest, NULL);
    assert_int_equal(harness_rest(&test->harness), 0);
    print_message("%u kills, %zu bytes\n", test->harness.kills,
                  stream->count);
    assert_false(stream->is_stuck);
    assert_int_equal(test->harness.errors, 0);
    assert_in_range(test->harness.kills, kills, kills + 1);
    assert_true(output_is(test, stream->bytes, stream->count));
}

static void main_exactly_once_at_random_kills(void **state)
{
    struct role_test *test = *state;
    struct stream *stream = new_stream(test);

    kill_at_random(test, stream, RANDOM_KILLS);
    free(stream);
}

static void main_passthrough_repeats_nothing_at_random_kills(void **state)
{
    struct role_test *test = *state;
    struct stream *stream = new_stream(test);
    uint64_t in_doubt;

    kill_at_random(test, stream, RANDOM_KILLS / 2);
    in_doubt = test->harness.out.header->report.in_doubt;
    assert_true(in_doubt <= test->harness.kills);
    assert_true(line_is_stream_but(test->machine, stream, in_doubt));
    free(stream);
}

/* The stand-in's RBR counts up by one at each read. */
static void main_reads_happen_once_at_every_fault_point(void **state)
{
    struct role_test *test = *state;
    uint8_t expected = 0;
    unsigned int point, i, j;

    assert_int_equal(harness_supervise(&test->harness), 0);
    for (point = 0; point < FAULT_POINTS; point++) {
        if (!is_point_of_standin(point) || point == FAULT_RING_PUT)
            continue;
        fake_fault_set(FAKE_FAULT_KILL, point, 3);
        for (i = 0; i < 6; i++) {
            uint8_t *target = test->guest.memory + 0x3000;

            if (fake_in(&test->guest, 0, RBR, 1) != expected++)
                fail_msg("killed at %s", fault_point_names[point]);
            assert_int_equal(fake_rep(&test->guest, 0, true, RBR, 1, 0x3000,
                                      5, false), FAKE_GUEST_OK);
            for (j = 0; j < 5; j++)
                if (target[j] != expected++)
                    fail_msg("rep ins killed at %s",
                             fault_point_names[point]);
        }
        assert_true(fake_fault_clear());
    }
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
}

/* Several vCPUs wait when the role dies; all are answered. */
static void main_every_waiting_vcpu_is_answered_by_the_successor(void **state)
{
    struct role_test *test = *state;
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = SCR, .size = 1, .count = 1,
        .is_read = true,
    };
    unsigned int vcpu;
    uint64_t data;

    fake_out(&test->guest, 0, SCR, 1, 0x5e);
    fake_fault_set(FAKE_FAULT_STOP, FAULT_TAKEN, 1);
    fake_guest_start(&test->guest, 0, -1, &request);
    assert_int_equal(harness_wait_stopped(&test->harness), 0);
    for (vcpu = 1; vcpu < ROLE_TEST_VCPUS; vcpu++)
        fake_guest_start(&test->guest, vcpu, -1, &request);
    assert_int_equal(fake_guest_state(&test->guest, 0),
                     STATE_IOREQ_INPROCESS);
    assert_int_equal(fake_guest_state(&test->guest, 1), STATE_IOREQ_READY);
    harness_kill(&test->harness);
    assert_int_equal(harness_start(&test->harness), 0);
    for (vcpu = 0; vcpu < ROLE_TEST_VCPUS; vcpu++) {
        assert_int_equal(fake_guest_finish(&test->guest, vcpu,
                                           FAKE_GUEST_TIMEOUT_MS, &data),
                         FAKE_GUEST_OK);
        assert_int_equal(data & 0xff, 0x5e);
    }
}

static const struct CMUnitTest tests[] = {
    STANDIN_TEST(main_exactly_once_at_every_fault_point),
    STANDIN_TEST(main_exactly_once_at_every_two_fault_points),
    STANDIN_TEST(main_exactly_once_at_random_kills),
    STANDIN_TEST(main_reads_happen_once_at_every_fault_point),
    STANDIN_TEST(main_every_waiting_vcpu_is_answered_by_the_successor),
    PASSTHROUGH_TEST(main_passthrough_repeats_nothing_at_any_fault_point),
    PASSTHROUGH_TEST(main_passthrough_repeats_nothing_at_random_kills),
};

UNIT_MAIN(tests)
