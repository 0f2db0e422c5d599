/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_posted.c - posts writes, and holds the role meanwhile
 */
#define _GNU_SOURCE
#include "uart-role/role_posted.h"

#include <signal.h>

const struct fake_posting *posting(const struct role_test *test)
{
    return &test->guest.domain->posting;
}

void hold_role(struct role_test *test)
{
    kill(test->harness.pid, SIGSTOP);
    assert_int_equal(harness_wait_stopped(&test->harness), 0);
}

void release_role(struct role_test *test)
{
    kill(test->harness.pid, SIGCONT);
}

void post(struct role_test *test, const char *text)
{
    uint64_t posted = posting(test)->posted;

    for (; *text; text++, posted++)
        assert_int_equal(fake_out(&test->guest, 0, THR, 1, (uint8_t)*text),
                         FAKE_GUEST_OK);
    assert_int_equal(posting(test)->posted, posted);
}

uint8_t read_rbr(struct role_test *test)
{
    return fake_in(&test->guest, 0, RBR, 1);
}

static void start(struct role_test *test, unsigned int vcpu, uint16_t port,
                  bool is_read, uint8_t value)
{
    const struct fake_request request = {
        .type = IOREQ_TYPE_PIO,
        .addr = port,
        .size = 1,
        .count = 1,
        .data = value,
        .is_read = is_read,
    };

    fake_guest_start(&test->guest, vcpu, -1, &request);
}

void start_out(struct role_test *test, unsigned int vcpu, uint16_t port,
               uint8_t value)
{
    start(test, vcpu, port, false, value);
}

void start_in(struct role_test *test, unsigned int vcpu, uint16_t port)
{
    start(test, vcpu, port, true, 0);
}

uint8_t finish(struct role_test *test, unsigned int vcpu)
{
    uint64_t data;

    assert_int_equal(
        fake_guest_finish(&test->guest, vcpu, FAKE_GUEST_TIMEOUT_MS, &data),
        FAKE_GUEST_OK);
    return data;
}

bool is_waiting(struct role_test *test, unsigned int vcpu)
{
    return fake_guest_state(&test->guest, vcpu) == STATE_IOREQ_READY;
}

bool text_is_out(struct role_test *test, const char *text)
{
    return output_is(test, (const uint8_t *)text, strlen(text));
}
