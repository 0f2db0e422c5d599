/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_input_kills.c - the uart role is killed at every fault point while
 * bytes and breaks are typed
 *
 * Each comes to the guest once, in the order of the in ring (D6, G4).
 */
#include <linux/serial_reg.h>
#include <unistd.h>

#include "uart-role/role_test.h"
#include "uart/fault_point.h"

#define PORTION 12u

/* What is typed, and what the guest expects, by its place. */
static uint8_t typed_byte(uint64_t at)
{
    return at % 5 == 2 || at % 11 == 3 ? 0 : 'a' + at % 23;
}

static uint8_t typed_errors(uint64_t at)
{
    return typed_byte(at) ? 0 : UART_LSR_BI;
}

/* Both ends, and how far each of them came. */
struct talk {
    struct role_test *test;
    uint64_t typed, heard, written;
    uint8_t output[ROLE_TEST_HISTORY / 4];
};

static void type_portion(struct talk *talk)
{
    struct waker waker = net_side(talk->test);
    unsigned int i;

    for (i = 0; i < PORTION; i++, talk->typed++)
        assert_true(type_errors(talk->test, &waker, typed_byte(talk->typed),
                                typed_errors(talk->typed)));
    close(waker.fd);
}

static void answer(struct talk *talk, uint8_t byte)
{
    assert_true(talk->written < sizeof(talk->output));
    talk->output[talk->written++] = byte;
    assert_int_equal(fake_out(&talk->test->guest, 0, THR, 1, byte),
                     FAKE_GUEST_OK);
}

/* The guest polls, and echoes what it gets. */
static void hear_one(struct talk *talk, const char *when)
{
    struct fake_guest *guest = &talk->test->guest;
    uint32_t lsr, byte;

    do
        lsr = fake_in(guest, 0, LSR, 1);
    while (!(lsr & UART_LSR_DR));
    byte = fake_in(guest, 0, RBR, 1);
    if (byte != typed_byte(talk->heard) ||
        (lsr & (UART_LSR_BI | UART_LSR_OE)) != typed_errors(talk->heard))
        fail_msg("killed at %s: item %lu came as %02x, LSR %02x", when,
                 (unsigned long)talk->heard, byte, lsr);
    talk->heard++;
    answer(talk, byte);
}

static struct talk *begin_talk(struct role_test *test)
{
    struct talk *talk = calloc(1, sizeof(*talk));

    assert_non_null(talk);
    talk->test = test;
    fake_out(&test->guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO);
    fake_out(&test->guest, 0, IER, 1, UART_IER_RDI | UART_IER_RLSI);
    assert_int_equal(harness_supervise(&test->harness), 0);
    return talk;
}

static void end_talk(struct talk *talk)
{
    struct role_test *test = talk->test;

    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(test->harness.errors, 0);
    assert_int_equal(fake_in(&test->guest, 0, LSR, 1) & UART_LSR_DR, 0);
    assert_int_equal(test->harness.out.header->report.in_tail, talk->typed);
    assert_true(output_is(test, talk->output, talk->written));
    free(talk);
}

static void talk_until_killed(struct talk *talk, uint32_t kills,
                              const char *when)
{
    struct role_harness *harness = &talk->test->harness;

    while (harness->kills < kills && !harness->errors) {
        type_portion(talk);
        while (talk->heard < talk->typed)
            hear_one(talk, when);
    }
    assert_int_equal(harness->kills, kills);
}

static bool is_point(const struct role_test *test, unsigned int point)
{
    bool has_device = !strcmp(test->harness.mode, "passthrough");

    if (point == FAULT_DEVICE_MARKED || point == FAULT_DEVICE_DONE)
        return has_device;
    return point != FAULT_POSTED_TAKEN;
}

static void main_input_comes_once_at_every_fault_point(void **state)
{
    struct role_test *test = *state;
    struct talk *talk = begin_talk(test);
    unsigned int point, times;

    for (point = 0; point < FAULT_POINTS; point++) {
        for (times = 0; is_point(test, point) && times < 3; times++) {
            fake_fault_set(FAKE_FAULT_KILL, point,
                           1 + role_test_random(test) % (2 * PORTION));
            talk_until_killed(talk, test->harness.kills + 1,
                              fault_point_names[point]);
            assert_true(fake_fault_clear());
        }
    }
    end_talk(talk);
}

static unsigned int second_point;

static void arm_second_point(struct role_harness *harness)
{
    fake_fault_set(FAKE_FAULT_KILL, second_point, 1);
    harness->before_successor = NULL;
}

/* The successor dies, too, perhaps while it recovers. */
static void main_input_comes_once_at_every_two_fault_points(void **state)
{
    struct role_test *test = *state;
    struct talk *talk = begin_talk(test);
    unsigned int first;

    for (first = 0; first < FAULT_POINTS; first++)
        for (second_point = 0; second_point < FAULT_POINTS; second_point++) {
            if (!is_point(test, first) || !is_point(test, second_point))
                continue;
            test->harness.before_successor = arm_second_point;
            fake_fault_set(FAKE_FAULT_KILL, first,
                           1 + role_test_random(test) % PORTION);
            talk_until_killed(talk, test->harness.kills + 2,
                              fault_point_names[first]);
            assert_true(fake_fault_clear());
        }
    end_talk(talk);
}

static const struct CMUnitTest tests[] = {
    VIRTUAL_TEST(main_input_comes_once_at_every_fault_point),
    VIRTUAL_TEST(main_input_comes_once_at_every_two_fault_points),
    { "main_input_comes_once_at_every_fault_point_passthrough",
      main_input_comes_once_at_every_fault_point, role_test_passthrough,
      role_test_end, NULL },
    { "main_input_comes_once_at_every_fault_point_posted",
      main_input_comes_once_at_every_fault_point, role_test_posted,
      role_test_end, NULL },
};

UNIT_MAIN(tests)
