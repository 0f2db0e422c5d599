/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_messages.c - what the supervisor tells a uart role: to stop, or to
 * remove its server; and what it must not tell
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "shared/role.h"
#include "uart-role/role_test.h"
#include "uart/fault_point.h"

static void main_stop_leaves_server_for_successor(void **state)
{
    struct role_test *test = *state;
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = THR, .size = 1, .count = 1,
        .data = 'b',
    };
    uint64_t data;

    write_text(test, "a");
    assert_int_equal(harness_stop(&test->harness), 0);
    assert_int_equal(fake_count_servers(), 1);
    assert_int_equal(fake_count_bound(), 0);
    /* No role is there, so the vCPU waits. */
    fake_guest_start(&test->guest, 0, -1, &request);
    assert_int_equal(fake_guest_finish(&test->guest, 0, 20, &data),
                     FAKE_GUEST_TIMEOUT);
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(test->harness.server, 1);
    assert_int_equal(fake_guest_finish(&test->guest, 0,
                                       FAKE_GUEST_TIMEOUT_MS, &data),
                     FAKE_GUEST_OK);
    write_text(test, "c");
    assert_true(output_is(test, (const uint8_t *)"abc", 3));
}

static void main_a_supervisor_that_went_away_is_a_stop(void **state)
{
    struct role_test *test = *state;

    write_text(test, "a");
    close(test->harness.link);
    test->harness.link = -1;
    assert_int_equal(harness_wait(&test->harness), 0);
    assert_int_equal(fake_count_servers(), 1);
    assert_int_equal(harness_start(&test->harness), 0);
    write_text(test, "b");
    assert_true(output_is(test, (const uint8_t *)"ab", 2));
}

static void main_sigterm_is_a_stop(void **state)
{
    struct role_test *test = *state;

    write_text(test, "a");
    kill(test->harness.pid, SIGTERM);
    assert_int_equal(harness_wait(&test->harness), 0);
    assert_int_equal(fake_count_servers(), 1);
}

static void main_remove_server_answers_waiting_vcpus(void **state)
{
    struct role_test *test = *state;
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = SCR, .size = 1, .count = 1,
        .is_read = true,
    };
    unsigned int vcpu;
    uint64_t data;

    fake_out(&test->guest, 0, SCR, 1, 0x7d);
    fake_fault_set(FAKE_FAULT_STOP, FAULT_TAKEN, 1);
    fake_guest_start(&test->guest, 2, -1, &request);
    assert_int_equal(harness_wait_stopped(&test->harness), 0);
    for (vcpu = 0; vcpu < ROLE_TEST_VCPUS; vcpu++)
        if (vcpu != 2)
            fake_guest_start(&test->guest, vcpu, -1, &request);
    assert_int_equal(harness_send(&test->harness, ROLE_REMOVE_SERVER), 0);
    kill(test->harness.pid, SIGCONT);
    assert_int_equal(harness_await(&test->harness, ROLE_SERVER_GONE), 0);
    assert_int_equal(harness_wait(&test->harness), 0);
    for (vcpu = 0; vcpu < ROLE_TEST_VCPUS; vcpu++) {
        assert_int_equal(fake_guest_finish(&test->guest, vcpu,
                                           FAKE_GUEST_TIMEOUT_MS, &data),
                         FAKE_GUEST_OK);
        assert_int_equal(data & 0xff, 0x7d);
    }
    assert_int_equal(fake_count_servers(), 0);
    /* From now on no server answers at these ports. */
    assert_int_equal(fake_in(&test->guest, 0, SCR, 1), 0xff);
}

/* Requests and the message come while the role sleeps; it finds the message
 * first. */
static void main_remove_server_answers_who_came_with_it(void **state)
{
    struct role_test *test = *state;
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO, .addr = THR, .size = 1, .count = 1,
        .data = 'x',
    };
    unsigned int vcpu;
    uint64_t data;

    fake_in(&test->guest, 0, SCR, 1);
    assert_true(wait_until(does_role_sleep, test));
    kill(test->harness.pid, SIGSTOP);
    assert_int_equal(harness_wait_stopped(&test->harness), 0);
    assert_int_equal(harness_send(&test->harness, ROLE_REMOVE_SERVER), 0);
    for (vcpu = 0; vcpu < ROLE_TEST_VCPUS; vcpu++)
        fake_guest_start(&test->guest, vcpu, -1, &request);
    kill(test->harness.pid, SIGCONT);
    assert_int_equal(harness_await(&test->harness, ROLE_SERVER_GONE), 0);
    assert_int_equal(harness_wait(&test->harness), 0);
    for (vcpu = 0; vcpu < ROLE_TEST_VCPUS; vcpu++)
        assert_int_equal(fake_guest_finish(&test->guest, vcpu,
                                           FAKE_GUEST_TIMEOUT_MS, &data),
                         FAKE_GUEST_OK);
    assert_true(output_is(test, (const uint8_t *)"xxxx", 4));
    assert_int_equal(fake_count_servers(), 0);
}

static void main_ping_wakes_a_role_that_sleeps(void **state)
{
    struct role_test *test = *state;

    fake_in(&test->guest, 0, SCR, 1);
    assert_true(wait_until(does_role_sleep, test));
    assert_int_equal(harness_send(&test->harness, ROLE_PING), 0);
    assert_int_equal(harness_await(&test->harness, ROLE_PONG), 0);
    assert_true(wait_until(does_role_sleep, test));
}

static _Atomic bool are_strings_over;

struct vcpu {
    struct role_test *test;
    unsigned int number;
    pthread_t thread;
};

static void *send_strings(void *opaque)
{
    struct vcpu *vcpu = opaque;

    while (!atomic_load(&are_strings_over) &&
           fake_rep(&vcpu->test->guest, vcpu->number, false, THR, 1, 0, 4095,
                    false) == FAKE_GUEST_OK)
        ;
    return NULL;
}

/* Such a role never sleeps, and asks for signals seldom. */
static void main_ping_is_answered_whatever_the_guest_does(void **state)
{
    struct role_test *test = *state;
    struct vcpu vcpus[ROLE_TEST_VCPUS];
    unsigned int i;

    atomic_store(&are_strings_over, false);
    for (i = 0; i < ROLE_TEST_VCPUS; i++) {
        vcpus[i] = (struct vcpu){ .test = test, .number = i };
        assert_int_equal(pthread_create(&vcpus[i].thread, NULL, send_strings,
                                        &vcpus[i]), 0);
    }
    for (i = 0; i < repetitions(20, 200); i++) {
        assert_int_equal(harness_send(&test->harness, ROLE_PING), 0);
        assert_int_equal(harness_await(&test->harness, ROLE_PONG), 0);
    }
    atomic_store(&are_strings_over, true);
    for (i = 0; i < ROLE_TEST_VCPUS; i++)
        pthread_join(vcpus[i].thread, NULL);
}

/* A role gets a message that is for another role, and others at the wrong
 * time.  It warns of the first that it refuses, and obeys none. */
static void main_a_message_that_is_not_permitted_is_refused(void **state)
{
    struct role_test *test = *state;
    struct role_harness *harness = &test->harness;

    write_text(test, "a");
    assert_int_equal(harness_send(harness, ROLE_REMOVE_CONSOLE), 0);
    assert_int_equal(harness_await(harness, ROLE_WARNING), 0);
    assert_non_null(strstr(harness->warning, "refused"));
    harness->warning[0] = '\0';
    assert_int_equal(harness_send(harness, ROLE_ANSWER), 0);
    assert_int_equal(harness_send(harness, 0), 0);
    assert_int_equal(harness_send(harness, UINT32_MAX), 0);
    write_text(test, "b");
    assert_int_equal(harness_stop(harness), 0);
    assert_string_equal(harness->warning, "");
    assert_int_equal(fake_count_servers(), 1);
    assert_true(output_is(test, (const uint8_t *)"ab", 2));
}

/* Starts a role that creates a server, and returns when it has said so and
 * waits for the go-ahead. */
static void start_announcing(struct role_test *test)
{
    struct role_harness *harness = &test->harness;
    struct role_message message = { .type = 0 };

    assert_int_equal(harness_spawn(harness), 0);
    while (message.type != ROLE_SERVER_CREATED) {
        struct pollfd link = { .fd = harness->link, .events = POLLIN };

        assert_int_equal(poll(&link, 1, HARNESS_TIMEOUT_MS), 1);
        role_link_receive(harness->link, &message, NULL);
    }
    harness->server = message.value;
}

static void main_a_server_is_not_used_before_the_go_ahead(void **state)
{
    struct role_test *test = *state;
    struct role_harness *harness = &test->harness;

    start_announcing(test);
    /* A role that serves would obey this; a role that starts must not. */
    assert_int_equal(role_link_send_type(harness->link, ROLE_REMOVE_SERVER),
                     0);
    assert_int_equal(harness_await(harness, ROLE_WARNING), 0);
    assert_int_equal(fake_count_servers(), 1);
    assert_false(test->guest.domain->servers[1].is_enabled);
    assert_int_equal(role_link_send_type(harness->link, ROLE_ANSWER), 0);
    assert_int_equal(harness_await_ready(harness), 0);
    assert_true(test->guest.domain->servers[1].is_enabled);
}

static void main_stop_is_obeyed_while_starting(void **state)
{
    struct role_test *test = *state;
    struct role_harness *harness = &test->harness;

    start_announcing(test);
    assert_int_equal(role_link_send_type(harness->link, ROLE_STOP), 0);
    assert_int_equal(harness_await_ready(harness), -1);
    assert_non_null(strstr(harness->failure, "told to stop"));
    harness_wait(harness);
    /* The guest was never served: it is left as it was. */
    assert_int_equal(fake_count_servers(), 0);
    harness->server = ROLE_NO_SERVER;
}

static const struct CMUnitTest tests[] = {
    STANDIN_TEST(main_stop_leaves_server_for_successor),
    STANDIN_TEST(main_a_supervisor_that_went_away_is_a_stop),
    STANDIN_TEST(main_sigterm_is_a_stop),
    STANDIN_TEST(main_remove_server_answers_waiting_vcpus),
    STANDIN_TEST(main_remove_server_answers_who_came_with_it),
    STANDIN_TEST(main_ping_wakes_a_role_that_sleeps),
    VIRTUAL_TEST(main_ping_is_answered_whatever_the_guest_does),
    STANDIN_TEST(main_a_message_that_is_not_permitted_is_refused),
    AT_REST_TEST(main_a_server_is_not_used_before_the_go_ahead),
    AT_REST_TEST(main_stop_is_obeyed_while_starting),
};

UNIT_MAIN(tests)
