/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_posted_life.c - a uart role on a Xen that posts writes, from its
 * start to its end, and on one that does not
 */
#define _GNU_SOURCE
#include <linux/serial_reg.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "uart-role/role_posted.h"

#define EMPTY          (UART_LSR_THRE | UART_LSR_TEMT)
#define BYTES_A_WRITER (50000 / SANITIZER_SLOWNESS)
#define BOTH \
    (UART_REPORT_POSTED_WRITES | UART_REPORT_SHADOW_REGISTERS)

/* ---- what Xen can ---- */

static void main_status_says_what_this_xen_can(void **state)
{
    struct role_test *test = *state;

    assert_int_equal(test->harness.out.header->report.xen_extensions, BOTH);
    harness_kill(&test->harness);
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(test->harness.out.header->report.xen_extensions, BOTH);
    post(test, "x");
    read_rbr(test);
    assert_true(text_is_out(test, "x"));
}

static void main_on_any_other_xen_nothing_is_posted(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, THR, 1, 'a');
    assert_int_equal(fake_in(guest, 0, LSR, 1), EMPTY);
    assert_true(text_is_out(test, "a"));
    assert_int_equal(test->harness.out.header->report.xen_extensions, 0);
    assert_int_equal(posting(test)->posted, 0);
    assert_int_equal(posting(test)->shadow_reads, 0);
}

/* The guest of a paced UART must see the transmitter busy.  An earlier domain
 * had a UART that need not, and its role reported what Xen did for it. */
static void main_a_paced_uart_asks_for_no_extension(void **state)
{
    struct role_test *test = *state;
    struct out_ring ring;
    char path[4096];

    harness_path(&test->harness, path, "out");
    assert_int_equal(out_ring_open_writer(&ring, path), 0);
    ring.header->report.xen_extensions = BOTH;
    out_ring_close(&ring);
    fake_xen_patch();
    test->harness.mode = "virtual";
    test->harness.option = "pace=on";
    assert_int_equal(harness_start(&test->harness), 0);
    fake_out(&test->guest, 0, THR, 1, 'a');
    assert_true(text_is_out(test, "a"));
    assert_int_equal(test->harness.out.header->report.xen_extensions, 0);
    assert_int_equal(posting(test)->posted, 0);
}

static void main_a_real_uart_is_asked_itself(void **state)
{
    struct role_test *test = *state;

    fake_xen_patch();
    assert_int_equal(harness_start(&test->harness), 0);
    fake_out(&test->guest, 0, THR, 1, 'a');
    fake_in(&test->guest, 0, LSR, 1);
    assert_int_equal(test->harness.out.header->report.xen_extensions, 0);
    assert_int_equal(posting(test)->posted, 0);
    assert_int_equal(posting(test)->shadow_reads, 0);
    assert_int_equal(test->machine->written, 1);
}

static bool is_ring_empty(void *opaque)
{
    struct fake_guest *guest = opaque;

    return fake_posted_entries(guest, 1) == 0;
}

/* Entries with the guest's clock come into the ring with or without the
 * patches, and would fill it. */
static void main_a_guests_clock_is_taken_out_of_the_ring(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    unsigned int i;

    for (i = 0; i < 3 * SLOTS; i++) {
        assert_int_equal(fake_time_offset(guest, 0x4141414141414141), 0);
        fake_out(guest, 0, THR, 1, 'a' + i % 26);
        if (i % 100 == 99)
            assert_true(wait_until(is_ring_empty, guest));
    }
    assert_true(wait_until(is_ring_empty, guest));
    read_rbr(test);
    assert_int_equal(test->harness.out.header->head, 3 * SLOTS);
}

/* ---- many rounds of the ring ---- */

struct writer {
    struct role_test *test;
    unsigned int vcpu;
    _Atomic uint32_t *writers; /* how many writers are not done */
};

/* A byte tells which vCPU wrote it, and its number there. */
static void *writer_main(void *opaque)
{
    struct writer *writer = opaque;
    unsigned int i;

    for (i = 0; i < BYTES_A_WRITER; i++)
        fake_out(&writer->test->guest, writer->vcpu, THR, 1,
                 writer->vcpu << 6 | i % 64);
    atomic_fetch_sub(writer->writers, 1);
    return NULL;
}

static void assert_each_vcpus_order(struct role_test *test)
{
    static uint8_t output[ROLE_TEST_HISTORY];
    unsigned int next[ROLE_TEST_VCPUS] = { 0 };
    size_t i, count = harness_output(&test->harness, output, sizeof(output));

    assert_int_equal(count, ROLE_TEST_VCPUS * BYTES_A_WRITER);
    for (i = 0; i < count; i++)
        assert_int_equal(output[i] & 63, next[output[i] >> 6]++ % 64);
}

/* The ring is full at times, and the guest sets its clock meanwhile. */
static void main_vcpus_that_write_at_once_keep_their_order(void **state)
{
    struct role_test *test = *state;
    _Atomic uint32_t writers = ROLE_TEST_VCPUS;
    struct writer each[ROLE_TEST_VCPUS];
    pthread_t threads[ROLE_TEST_VCPUS];
    unsigned int i;

    for (i = 0; i < ROLE_TEST_VCPUS; i++) {
        each[i] = (struct writer){ test, i, &writers };
        assert_int_equal(
            pthread_create(&threads[i], NULL, writer_main, &each[i]), 0);
    }
    while (writers > 0) {
        fake_time_offset(&test->guest, 1);
        sched_yield();
    }
    for (i = 0; i < ROLE_TEST_VCPUS; i++)
        pthread_join(threads[i], NULL);
    read_rbr(test);
    assert_int_equal(posting(test)->posted + posting(test)->refused,
                     ROLE_TEST_VCPUS * BYTES_A_WRITER);
    assert_each_vcpus_order(test);
}

/* ---- ends ---- */

/* The state that says where the predecessor was in the ring is refused. */
static void main_a_refused_state_costs_no_posted_byte(void **state)
{
    struct role_test *test = *state;
    char path[4096], bytes[SLOTS];
    unsigned int i;

    for (i = 0; i < SLOTS - 1; i++)
        bytes[i] = 'a' + i % 26;
    bytes[i] = '\0';
    post(test, bytes + SLOTS - 1 - 100);
    read_rbr(test);
    assert_int_equal(test->harness.out.header->head, 100);
    harness_kill(&test->harness);
    harness_path(&test->harness, path, "state");
    assert_int_equal(truncate(path, 100), 0);
    post(test, bytes);
    assert_int_equal(harness_start(&test->harness), 0);
    read_rbr(test);
    assert_int_equal(test->harness.out.header->head, 100 + SLOTS - 1);
}

static void main_what_was_posted_before_the_end_is_out(void **state)
{
    struct role_test *test = *state;

    hold_role(test);
    post(test, "last words");
    assert_int_equal(harness_send(&test->harness, ROLE_STOP), 0);
    release_role(test);
    assert_int_equal(harness_wait(&test->harness), 0);
    assert_true(text_is_out(test, "last words"));
    /* What is posted now waits for a successor. */
    post(test, ", and more");
    assert_int_equal(harness_start(&test->harness), 0);
    read_rbr(test);
    assert_true(text_is_out(test, "last words, and more"));
}

/* vCPU 0 writes `count` bytes, and may have to wait with the last. */
static void fill_ring(struct role_test *test, uint8_t *bytes,
                      unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++) {
        bytes[i] = role_test_random(test);
        start_out(test, 0, THR, bytes[i]);
    }
}

static void remove_server(struct role_test *test)
{
    assert_int_equal(harness_send(&test->harness, ROLE_REMOVE_SERVER), 0);
    release_role(test);
    assert_int_equal(harness_await(&test->harness, ROLE_SERVER_GONE), 0);
    assert_int_equal(harness_wait(&test->harness), 0);
    assert_int_equal(fake_count_servers(), 0);
}

static void main_a_full_ring_is_emptied_before_the_server_is_removed(
    void **state)
{
    struct role_test *test = *state;
    uint8_t bytes[SLOTS];

    hold_role(test);
    fill_ring(test, bytes, SLOTS);
    assert_int_equal(posting(test)->posted, SLOTS);
    remove_server(test);
    assert_true(output_is(test, bytes, SLOTS));
}

static void main_who_waits_behind_a_full_ring_is_answered_at_the_end(
    void **state)
{
    struct role_test *test = *state;
    uint8_t bytes[SLOTS + 1];

    hold_role(test);
    fill_ring(test, bytes, SLOTS + 1);
    assert_true(is_waiting(test, 0));
    remove_server(test);
    finish(test, 0);
    assert_true(output_is(test, bytes, SLOTS + 1));
}

static void main_a_domains_last_words_outlive_it(void **state)
{
    struct role_test *test = *state;

    hold_role(test);
    post(test, "panic");
    assert_int_equal(fake_domain_destroy(ROLE_TEST_DOMID), 0);
    assert_int_equal(harness_send(&test->harness, ROLE_STOP), 0);
    release_role(test);
    assert_int_equal(harness_wait(&test->harness), 0);
    assert_true(text_is_out(test, "panic"));
}

static const struct CMUnitTest tests[] = {
    POSTED_TEST(main_status_says_what_this_xen_can),
    VIRTUAL_TEST(main_on_any_other_xen_nothing_is_posted),
    AT_REST_TEST(main_a_paced_uart_asks_for_no_extension),
    AT_REST_TEST(main_a_real_uart_is_asked_itself),
    VIRTUAL_TEST(main_a_guests_clock_is_taken_out_of_the_ring),
    POSTED_TEST(main_a_guests_clock_is_taken_out_of_the_ring),
    POSTED_TEST(main_vcpus_that_write_at_once_keep_their_order),
    POSTED_TEST(main_a_refused_state_costs_no_posted_byte),
    POSTED_TEST(main_what_was_posted_before_the_end_is_out),
    POSTED_TEST(main_a_full_ring_is_emptied_before_the_server_is_removed),
    POSTED_TEST(main_who_waits_behind_a_full_ring_is_answered_at_the_end),
    POSTED_TEST(main_a_domains_last_words_outlive_it),
};

UNIT_MAIN(tests)
