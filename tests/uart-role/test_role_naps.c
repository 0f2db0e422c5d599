/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_naps.c - posted writes that the role leaves in their ring for a
 * while
 */
#define _GNU_SOURCE
#include <linux/serial_reg.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "uart-role/role_test.h"

#define BYTES        (4000 / SANITIZER_SLOWNESS)
#define KILLS        40
#define PAUSE_MAX_NS 8000000 /* shorter and longer than a nap */

static int begin_patched(void **state)
{
    struct role_test *test;
    int rc = role_test_at_rest(state);

    if (rc)
        return rc;
    test = *state;
    fake_xen_patch();
    test->harness.mode = "virtual";
    return harness_start(&test->harness);
}

struct head {
    struct role_test *test;
    uint64_t bytes;
};

static bool has_come(void *opaque)
{
    const struct head *head = opaque;

    return atomic_load(&head->test->harness.out.header->head) == head->bytes;
}

static void put(struct role_test *test, uint16_t port, uint8_t value)
{
    assert_int_equal(fake_out(&test->guest, 0, port, 1, value), FAKE_GUEST_OK);
}

/* Writes as many bytes as a FIFO holds, and pauses, again and again. */
static void write_with_pauses(struct role_test *test, uint8_t *written)
{
    unsigned int i;

    for (i = 0; i < BYTES; i++) {
        const struct timespec pause = { .tv_nsec = rand_r(&test->seed) %
                                                   PAUSE_MAX_NS };

        written[i] = role_test_random(test);
        put(test, THR, written[i]);
        if (i % 16 == 15)
            nanosleep(&pause, NULL);
    }
}

static void main_posted_writes_come_whatever_the_pauses(void **state)
{
    struct role_test *test = *state;
    static uint8_t written[BYTES];
    struct head head = { test, BYTES };

    write_with_pauses(test, written);
    /* No later access makes the role consume the last bytes. */
    assert_true(wait_until(has_come, &head));
    assert_true(output_is(test, written, BYTES));
}

static void main_a_role_that_dies_in_a_nap_loses_nothing(void **state)
{
    struct role_test *test = *state;
    static uint8_t written[BYTES];
    struct head head = { test, BYTES };

    test->harness.seed = test->seed;
    test->harness.random_kills = KILLS;
    test->harness.kill_within_ns = 10 * INT64_C(1000000);
    assert_int_equal(harness_supervise(&test->harness), 0);
    kill(test->harness.pid, SIGKILL);
    write_with_pauses(test, written);
    harness_await_random_kills(&test->harness);
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
    assert_true(wait_until(has_come, &head));
    assert_true(output_is(test, written, BYTES));
}

static void main_a_nap_does_not_delay_a_request(void **state)
{
    struct role_test *test = *state;
    unsigned int i;

    for (i = 0; i < 100; i++) {
        put(test, THR, i);
        put(test, SCR, i); /* the vCPU waits for this one */
        /* Before that the role has consumed what was posted. */
        assert_int_equal(atomic_load(&test->harness.out.header->head), i + 1);
    }
}

static void main_a_guest_that_waits_for_its_interrupt_gets_it(void **state)
{
    struct role_test *test = *state;
    _Atomic uint32_t *moves = &test->guest.domain->irq_count;
    unsigned int i;

    put(test, THR, 'n'); /* after this the role naps */
    put(test, IER, UART_IER_THRI);
    for (i = 0; i < 100; i++) {
        uint32_t seen;

        assert_true(wait_until(is_line_up, &test->guest));
        seen = atomic_load(moves);
        put(test, THR, i);
        /* The line falls and rises. */
        assert_true(fake_guest_wait_irq(&test->guest, seen + 2));
    }
}

#define PATCHED_TEST(name)                                                    \
    cmocka_unit_test_setup_teardown(name, begin_patched, role_test_end)

static const struct CMUnitTest tests[] = {
    PATCHED_TEST(main_posted_writes_come_whatever_the_pauses),
    PATCHED_TEST(main_a_role_that_dies_in_a_nap_loses_nothing),
    PATCHED_TEST(main_a_nap_does_not_delay_a_request),
    PATCHED_TEST(main_a_guest_that_waits_for_its_interrupt_gets_it),
};

UNIT_MAIN(tests)
