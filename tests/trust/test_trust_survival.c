/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_trust_survival.c - faults at random moments, by the hundred: nothing is
 * lost or doubled either way, and the role's doubts are within their bound
 *
 * The same seed (environment SEED) gives the same faults; not the same
 * moments.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trust/survival.h"
#include "trust/survival_faults.h"

#define FAULTS repetitions(100, 1000)

static int begin(void **state, const char *mode, bool is_patched)
{
    static struct survival survival;
    struct role_test *test;

    if (role_test_at_rest(state))
        return -1;
    test = *state;
    survival = (struct survival){ 0 };
    survival.test = test;
    survival_mount(&survival, test);
    test->harness.mode = mode;
    test->harness.may_fail = true;
    if (is_patched)
        fake_xen_patch();
    *state = &survival;
    return 0;
}

static int begin_virtual(void **state)
{
    return begin(state, "virtual", false);
}

static int begin_posted(void **state)
{
    return begin(state, "virtual", true);
}

static int begin_passthrough(void **state)
{
    return begin(state, "passthrough", false);
}

static int end(void **state)
{
    struct survival *survival = *state;
    void *test = survival->test;

    survival_unmount(survival, test);
    return role_test_end(&test);
}

/* Waits until all that may be sent has come.  A fault that stops the role can
 * come later than it was waited for. */
static void await_all(struct survival *survival, const char *after)
{
    const struct timespec pause = { .tv_nsec = 200000 };
    int64_t until_ns = role_test_now_ns() +
                       HARNESS_TIMEOUT_MS * INT64_C(1000000);

    while (!survival_check(survival) && !survival->problem &&
           role_test_now_ns() < until_ns) {
        kill(survival->test->harness.pid, SIGCONT);
        nanosleep(&pause, NULL);
    }
    if (survival->problem)
        fail_msg("after \"%s\": %s", after, survival->problem);
    if (!survival_check(survival))
        fail_msg("after \"%s\" the stream has stopped: %lu of %lu bytes came, "
                 "%lu of %lu were heard", after,
                 (unsigned long)survival->came.bytes,
                 (unsigned long)survival->may_write,
                 (unsigned long)survival->heard.bytes,
                 (unsigned long)survival->may_type);
}

static void print_counts(const unsigned int *counts)
{
    unsigned int i;

    for (i = 0; i < SURVIVAL_FAULTS; i++)
        print_message("%u times %s\n", counts[i], survival_fault_names[i]);
}

/* Returns the role's doubts. */
static uint64_t survive(struct survival *survival)
{
    struct role_test *test = survival->test;
    unsigned int counts[SURVIVAL_FAULTS] = { 0 }, i;
    uint64_t in_doubt;

    assert_int_equal(harness_start(&test->harness), 0);
    survival_begin(survival, test);
    for (i = 0; i < FAULTS; i++) {
        enum survival_fault fault =
            (unsigned int)rand_r(&test->seed) % SURVIVAL_FAULTS;

        counts[fault]++;
        survival_cause(survival, fault);
        /* Else the next one comes on top of it. */
        if (rand_r(&test->seed) & 0x100)
            await_all(survival, survival_fault_names[fault]);
    }
    await_all(survival, "all");
    survival_end(survival);
    in_doubt = test->harness.out.header->report.in_doubt;
    print_counts(counts);
    print_message("%u deaths, %u of them by a role that lacked something, %lu "
                  "accesses in doubt\n", survival->deaths, survival->refusals,
                  (unsigned long)in_doubt);
    assert_int_equal(survival->came.bytes, survival->written.bytes);
    assert_true(survival->came.hash == survival->written.hash);
    assert_int_equal(survival->heard.bytes, survival->typed.bytes);
    assert_true(survival->heard.hash == survival->typed.hash);
    return in_doubt;
}

/* No device, no doubt. */
static void trust_a_virtual_uart_survives_faults_at_random(void **state)
{
    assert_int_equal(survive(*state), 0);
}

/* What went out on the machine's line is what the guest wrote, but for bytes
 * that are in doubt: none comes twice, and none out of order. */
static void assert_line_lacks_at_most(const struct survival *survival,
                                      uint64_t in_doubt)
{
    const struct fake_uart *machine = survival->test->machine;
    unsigned int seed = survival->first_seed;
    uint64_t written = machine->written, bytes = survival->written.bytes;
    uint64_t at = 0, i;

    assert_true(written <= bytes && bytes - written <= in_doubt);
    assert_true(bytes <= FAKE_LINE_BYTES);
    for (i = 0; i < bytes; i++)
        if ((uint8_t)(rand_r(&seed) >> 8) == machine->line[at] && at < written)
            at++;
    print_message("%lu bytes are missing on the line\n",
                  (unsigned long)(bytes - written));
    assert_int_equal(at, written);
}

/* A death leaves one access at most of which nobody knows. */
static void trust_a_passed_through_uart_survives_faults_at_random(
    void **state)
{
    struct survival *survival = *state;
    uint64_t in_doubt = survive(survival);

    assert_true(in_doubt <= survival->deaths);
    assert_line_lacks_at_most(survival, in_doubt);
}

/* ---- a full /run, at the moments when a role makes a file there ---- */

/* Why a file cannot be made. */
struct scarcity {
    const char *message;
    void (*begin)(struct role_test *test);
    void (*end)(struct role_test *test);
};

static void begin_quota(struct role_test *test)
{
    (void)test;
    fake_over_quota_set(true);
}

static void end_quota(struct role_test *test)
{
    (void)test;
    fake_over_quota_set(false);
}

static const struct scarcity no_space = {
    "No space", survival_fill, survival_empty,
};
static const struct scarcity no_quota = {
    "quota exceeded", begin_quota, end_quota,
};

static void assert_refused(struct survival *survival,
                           const struct scarcity *scarcity)
{
    struct role_harness *harness = &survival->test->harness;
    char path[4096];

    assert_int_equal(harness_start(harness), -1);
    assert_non_null(strstr(harness->failure, scarcity->message));
    harness_path(harness, path, "state.new");
    assert_int_equal(access(path, F_OK), -1);
}

/* The first role of a console makes its state. */
static void refuse_the_first_role(struct survival *survival,
                                  const struct scarcity *scarcity)
{
    struct role_test *test = survival->test;
    char path[4096];

    harness_path(&test->harness, path, "state");
    assert_int_equal(unlink(path), 0);
    scarcity->begin(test);
    assert_refused(survival, scarcity);
    /* It made no server that nobody serves. */
    assert_int_equal(fake_count_servers(), 0);
    scarcity->end(test);
    assert_int_equal(harness_start(&test->harness), 0);
    write_text(test, "abc");
    assert_true(output_is(test, (const uint8_t *)"abc", 3));
}

/* A successor that cannot believe the state, and cannot make another, leaves
 * the guest waiting until it can. */
static void refuse_a_successor(struct survival *survival,
                               const struct scarcity *scarcity)
{
    struct role_test *test = survival->test;
    char path[4096];

    assert_int_equal(harness_start(&test->harness), 0);
    write_text(test, "abc");
    harness_kill(&test->harness);
    harness_path(&test->harness, path, "state");
    assert_int_equal(truncate(path, 100), 0);
    scarcity->begin(test);
    assert_refused(survival, scarcity);
    assert_int_equal(fake_count_servers(), 1);
    scarcity->end(test);
    assert_int_equal(harness_start(&test->harness), 0);
    write_text(test, "d");
    assert_true(output_is(test, (const uint8_t *)"abcd", 4));
}

static void trust_a_role_that_finds_no_space_serves_when_there_is_some(
    void **state)
{
    struct survival *survival = *state;

    if (!survival->has_small_run)
        skip();
    refuse_the_first_role(survival, &no_space);
}

static void trust_a_successor_that_finds_no_space_goes_on_when_there_is_some(
    void **state)
{
    struct survival *survival = *state;

    if (!survival->has_small_run)
        skip();
    refuse_a_successor(survival, &no_space);
}

static void trust_a_role_that_is_over_quota_serves_when_it_is_not(void **state)
{
    refuse_the_first_role(*state, &no_quota);
}

static void trust_a_successor_that_is_over_quota_goes_on_when_it_is_not(
    void **state)
{
    refuse_a_successor(*state, &no_quota);
}

#define SURVIVAL_TEST(name, begin) \
    cmocka_unit_test_setup_teardown(name, begin, end)
#define NAMED_SURVIVAL_TEST(name, kind) \
    { #name "_" #kind, name, begin_##kind, end, NULL }

static const struct CMUnitTest tests[] = {
    SURVIVAL_TEST(trust_a_virtual_uart_survives_faults_at_random,
                  begin_virtual),
    NAMED_SURVIVAL_TEST(trust_a_virtual_uart_survives_faults_at_random,
                        posted),
    SURVIVAL_TEST(trust_a_passed_through_uart_survives_faults_at_random,
                  begin_passthrough),
    SURVIVAL_TEST(trust_a_role_that_finds_no_space_serves_when_there_is_some,
                  begin_virtual),
    SURVIVAL_TEST(
        trust_a_successor_that_finds_no_space_goes_on_when_there_is_some,
        begin_virtual),
    SURVIVAL_TEST(trust_a_role_that_is_over_quota_serves_when_it_is_not,
                  begin_virtual),
    SURVIVAL_TEST(
        trust_a_successor_that_is_over_quota_goes_on_when_it_is_not,
        begin_virtual),
};

UNIT_MAIN(tests)
