/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_shared_line.c - COM1 and COM3 of one guest, which have the same
 * interrupt: two uart roles, and one level of Xen's (D5)
 */
#include <linux/serial_reg.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "uart-role/role_test.h"
#include "uart/fault_point.h"

#define COM3 0x3e8
#define ROUNDS repetitions(300, 3000)

static struct role_test other; /* com3's; its guest is the same */

static int begin(void **state)
{
    struct role_test *test;

    if (role_test_virtual(state))
        return -1;
    test = *state;
    memset(&other, 0, sizeof(other));
    other.guest = test->guest;
    return harness_create_other(&other.harness, &test->harness, "com3", COM3)
               ? -1 : harness_start(&other.harness);
}

static int end(void **state)
{
    int rc = 0;

    if (other.harness.pid)
        rc = harness_stop(&other.harness);
    harness_destroy(&other.harness);
    return role_test_end(state) || rc ? -1 : 0;
}

static void settle(struct role_test *test)
{
    assert_true(wait_until(does_role_sleep, test));
    assert_true(wait_until(does_role_sleep, &other));
}

/* The fault as it was seen: com3's transmitter's interrupt was acknowledged,
 * and took com1's byte with it. */
static void uart_line_of_two_consoles_is_up_while_one_has_a_reason(
    void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    fake_out(guest, 0, COM3 + UART_IER, 1, UART_IER_THRI);
    assert_true(wait_until(is_line_up, guest));
    type_text(test, "x");
    assert_true(wait_until(is_all_consumed, test));
    assert_int_equal(fake_in(guest, 0, COM3 + UART_IIR, 1), UART_IIR_THRI);
    settle(test);
    assert_true(is_line_up(guest));
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_RDI);
    assert_int_equal(fake_in(guest, 0, RBR, 1), 'x');
    assert_true(wait_until(is_line_down, guest));
}

static void uart_line_falls_with_a_console_that_is_taken_away(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, COM3 + UART_IER, 1, UART_IER_THRI);
    assert_true(wait_until(is_line_up, guest));
    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_THRI);
    settle(test);
    assert_true(is_line_up(guest));
    assert_int_equal(harness_remove_server(&other.harness), 0);
    assert_true(is_line_down(guest));
    /* The next server of that number holds up nothing either. */
    assert_int_equal(harness_start(&other.harness), 0);
    fake_out(guest, 0, THR, 1, 'a');
    assert_true(wait_until(is_line_up, guest));
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_THRI);
    assert_true(wait_until(is_line_down, guest));
}

/* A predecessor that is dead has left its level. */
static void uart_line_is_the_successors_too(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, COM3 + UART_IER, 1, UART_IER_THRI);
    assert_true(wait_until(is_line_up, guest));
    harness_kill(&other.harness);
    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_THRI);
    assert_true(wait_until(does_role_sleep, test));
    assert_true(is_line_up(guest));
    assert_int_equal(harness_start(&other.harness), 0);
    assert_int_equal(fake_in(guest, 0, COM3 + UART_IIR, 1), UART_IIR_THRI);
    assert_true(wait_until(is_line_down, guest));
}

/* ---- both at once ---- */

struct driver {
    struct fake_guest *guest;
    uint16_t port;
    unsigned int vcpu, seed;
};

/* Moves its UART's level at random, and leaves it with no reason. */
static void *drive(void *opaque)
{
    struct driver *driver = opaque;
    unsigned int i;

    for (i = 0; i < ROUNDS; i++) {
        uint8_t ier = rand_r(&driver->seed) & 0x100 ? UART_IER_THRI : 0;

        fake_out(driver->guest, driver->vcpu, driver->port + UART_IER, 1, ier);
        if (rand_r(&driver->seed) & 0x100)
            fake_in(driver->guest, driver->vcpu, driver->port + UART_IIR, 1);
    }
    fake_out(driver->guest, driver->vcpu, driver->port + UART_IER, 1, 0);
    return NULL;
}

static void drive_both(struct role_test *test)
{
    struct driver first = { &test->guest, THR, 0, test->seed };
    struct driver second = { &test->guest, COM3, 1, test->seed + 1 };
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, drive, &second), 0);
    drive(&first);
    pthread_join(thread, NULL);
    test->seed += 2;
}

/* Whoever tells Xen last has seen both. */
static void uart_line_of_two_busy_consoles_ends_right(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    unsigned int i;

    for (i = 0; i < 10; i++) {
        drive_both(test);
        settle(test);
        assert_true(is_line_down(guest));
        fake_out(guest, 0, (i & 1 ? THR : COM3) + UART_IER, 1, UART_IER_THRI);
        settle(test);
        assert_true(is_line_up(guest));
    }
}

static void uart_line_of_two_consoles_outlives_deaths(void **state)
{
    static const enum fault_point points[] = {
        FAULT_LEVEL_NOTED, FAULT_LINE_SET, FAULT_COMMITTED, FAULT_RESPONDED,
    };
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    unsigned int i;

    assert_int_equal(harness_supervise(&test->harness), 0);
    assert_int_equal(harness_supervise(&other.harness), 0);
    for (i = 0; i < 24; i++) {
        fake_fault_set(FAKE_FAULT_KILL, points[i % 4],
                       1 + role_test_random(test) % 40);
        drive_both(test);
        fake_fault_clear();
        fake_out(guest, 0, IER, 1, i & 1 ? UART_IER_THRI : 0);
        fake_out(guest, 0, COM3 + UART_IER, 1, i & 2 ? UART_IER_THRI : 0);
        assert_true(wait_until(i & 3 ? is_line_up : is_line_down, guest));
        settle(test);
        assert_int_equal(is_line_up(guest), (i & 3) != 0);
        fake_out(guest, 0, IER, 1, 0);
        fake_out(guest, 0, COM3 + UART_IER, 1, 0);
    }
    assert_int_equal(harness_rest(&test->harness), 0);
    assert_int_equal(harness_rest(&other.harness), 0);
    assert_int_equal(test->harness.errors + other.harness.errors, 0);
    assert_true(test->harness.kills + other.harness.kills > 0);
}

#define SHARED_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    SHARED_TEST(uart_line_of_two_consoles_is_up_while_one_has_a_reason),
    SHARED_TEST(uart_line_falls_with_a_console_that_is_taken_away),
    SHARED_TEST(uart_line_is_the_successors_too),
    SHARED_TEST(uart_line_of_two_busy_consoles_ends_right),
    SHARED_TEST(uart_line_of_two_consoles_outlives_deaths),
};

UNIT_MAIN(tests)
