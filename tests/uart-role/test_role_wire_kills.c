/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_wire_kills.c - the uart role dies while bytes are on their way to
 * a tty or from it
 *
 * None is there twice, and those that are missing were counted.
 */
#define _GNU_SOURCE
#include <linux/serial_reg.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "uart-role/role_wire.h"
#include "uart/fault_point.h"

#define REP_BYTES 37u
#define RANDOM_KILLS (60 / SANITIZER_SLOWNESS)

static const char the_end[] = "That is all that there is.";

/* What came is what was sent without at most `lost` bytes, in order. */
static void assert_came_but(uint64_t lost)
{
    size_t at = 0, i;

    for (i = 0; i < role_wire.sent_bytes && at < role_wire.came_bytes; i++)
        if (role_wire.came[at] == role_wire.sent[i])
            at++;
    print_message("%zu bytes sent, %zu came, %lu in doubt\n",
                  role_wire.sent_bytes, role_wire.came_bytes,
                  (unsigned long)lost);
    assert_int_equal(at, role_wire.came_bytes);
    assert_true(role_wire.sent_bytes - role_wire.came_bytes <= lost);
}

static bool has_end_come(void *opaque)
{
    (void)opaque;
    read_wire();
    return role_wire.came_bytes >= sizeof(the_end) &&
           !memcmp(role_wire.came + role_wire.came_bytes - sizeof(the_end),
                   the_end, sizeof(the_end));
}

/* Writes an end, and waits for it.  A pty passes bytes on when it has time,
 * but in order. */
static void await_the_end(struct role_test *test)
{
    size_t i;

    for (i = 0; i < sizeof(the_end); i++)
        guest_writes(test, the_end[i]);
    assert_true(wait_until(has_end_come, NULL));
}

static void kill_at_point(struct role_test *test, unsigned int point,
                          bool is_rep)
{
    uint32_t kills = test->harness.kills;
    unsigned int i;

    /* The role passes the last points when the guest has its answer already.
     */
    fake_fault_set(FAKE_FAULT_KILL, point,
                   1 + role_test_random(test) % (is_rep ? 3 : 8));
    for (i = 0; i < 8; i++) {
        if (is_rep)
            guest_writes_rep(test, REP_BYTES);
        else
            guest_writes_random(test, 4);
    }
    if (!fake_fault_clear())
        fail_msg("there is no fault point %s", fault_point_names[point]);
    while (test->harness.kills == kills && !test->harness.errors)
        guest_writes_random(test, 1);
    read_wire();
}

static void uart_wire_repeats_nothing_at_any_fault_point(void **state)
{
    struct role_test *test = *state;
    unsigned int point;

    assert_int_equal(harness_supervise(&test->harness), 0);
    for (point = 0; point < FAULT_POINTS; point++) {
        if (point == FAULT_POSTED_TAKEN || point == FAULT_LEVEL_NOTED ||
            point == FAULT_LINE_SET)
            continue; /* a UART with a wire gets no posted writes */
        kill_at_point(test, point, false);
        kill_at_point(test, point, true);
    }
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
    await_the_end(test);
    assert_true(output_is(test, role_wire.sent, role_wire.sent_bytes));
    /* In doubt is what died at device-marked and at device-done, each of which
     * was passed twice. */
    assert_int_equal(test->harness.out.header->report.in_doubt, 4);
    assert_came_but(4);
    /* At device-marked the byte was not sent yet: the wire misses these two.
     */
    assert_int_equal(role_wire.sent_bytes - role_wire.came_bytes, 2);
}

/* No request of the guest moves the input: the role dies while the guest
 * sleeps. */
static void uart_wire_input_is_lost_at_one_fault_point_only(void **state)
{
    static const enum fault_point points[] = {
        FAULT_DEVICE_MARKED, FAULT_DEVICE_DONE, FAULT_COMMITTED,
    };
    struct role_test *test = *state;
    unsigned int i, lost = 0;

    fake_out(&test->guest, 0, IER, 1, UART_IER_RDI);
    for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        fake_fault_set(FAKE_FAULT_KILL, points[i], 1);
        assert_int_equal(write(role_wire.other, "xy", 2), 2);
        assert_int_equal(harness_wait(&test->harness), SIGKILL);
        assert_true(fake_fault_clear());
        assert_int_equal(start_successor(test), 0);
        if (points[i] == FAULT_DEVICE_DONE)
            lost++;
        else
            assert_int_equal(guest_reads(test), 'x');
        assert_int_equal(guest_reads(test), 'y');
        /* Nor does the death cost a byte of the other direction. */
        guest_writes_random(test, 3);
        assert_all_came();
    }
    assert_int_equal(test->harness.out.header->report.in_doubt, 2);
}

static _Atomic bool is_ending;

static void *guest_main(void *opaque)
{
    struct role_test *test = opaque;

    while (!is_ending && role_wire.sent_bytes + 4096 < WIRE_STREAM_BYTES) {
        guest_writes_random(test, 1 + role_test_random(test) % 16);
        guest_writes_rep(test, REP_BYTES);
        /* The bytes are to last for as long as the kills. */
        usleep(200);
    }
    return NULL;
}

static void uart_wire_repeats_nothing_at_random_kills(void **state)
{
    struct role_test *test = *state;
    struct role_harness *harness = &test->harness;
    int64_t start = role_test_now_ns();
    pthread_t guest;
    uint64_t in_doubt;

    is_ending = false;
    assert_int_equal(harness_kill(harness), SIGKILL);
    assert_int_equal(start_successor(test), 0);
    harness->kill_within_ns = 2 * (role_test_now_ns() - start);
    harness->seed = test->seed;
    harness->random_kills = RANDOM_KILLS;
    assert_int_equal(harness_supervise(harness), 0);
    assert_int_equal(pthread_create(&guest, NULL, guest_main, test), 0);
    kill(harness->pid, SIGKILL);
    while (harness->kills < RANDOM_KILLS && !harness->errors) {
        read_wire();
        usleep(200);
    }
    is_ending = true;
    pthread_join(guest, NULL);
    harness_await_random_kills(harness);
    assert_int_equal(harness_rest(harness), 0);
    assert_int_equal(harness->errors, 0);
    await_the_end(test);
    in_doubt = harness->out.header->report.in_doubt;
    assert_true(output_is(test, role_wire.sent, role_wire.sent_bytes));
    assert_true(in_doubt <= harness->kills);
    assert_came_but(in_doubt);
}

static bool has_wire(void *opaque)
{
    struct role_test *test = opaque;

    return test->harness.out.header->report.has_wire;
}

static bool has_no_wire(void *opaque)
{
    return !has_wire(opaque);
}

/* D11: a role dies while it is given a tty that is there again, or soon after;
 * its successor finds it by its name. */
static void uart_wire_taken_again_repeats_nothing_at_any_fault_point(
    void **state)
{
    struct role_test *test = *state;
    const struct uart_report *report = &test->harness.out.header->report;
    unsigned int point;

    assert_int_equal(harness_supervise(&test->harness), 0);
    for (point = 0; point < FAULT_POINTS; point++) {
        uint64_t in_doubt = report->in_doubt;

        if (point == FAULT_POSTED_TAKEN || point == FAULT_LEVEL_NOTED ||
            point == FAULT_LINE_SET)
            continue;
        pull_role_wire();
        assert_true(wait_until(has_no_wire, test));
        guest_writes_random(test, 20);
        fake_fault_set(FAKE_FAULT_KILL, point, 1 + role_test_random(test) % 6);
        plug_role_wire(test);
        assert_true(wait_until(has_wire, test));
        guest_writes_random(test, 40);
        if (!fake_fault_clear())
            fail_msg("there is no fault point %s", fault_point_names[point]);
        await_the_end(test);
        assert_came_but(report->in_doubt - in_doubt);
        assert_true(report->in_doubt - in_doubt <= 1);
    }
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
}

static const struct CMUnitTest tests[] = {
    ROLE_WIRE_TEST(uart_wire_repeats_nothing_at_any_fault_point),
    ROLE_WIRE_TEST(uart_wire_input_is_lost_at_one_fault_point_only),
    ROLE_WIRE_TEST(uart_wire_repeats_nothing_at_random_kills),
    ROLE_WIRE_TEST(
        uart_wire_taken_again_repeats_nothing_at_any_fault_point),
};

UNIT_MAIN(tests)
