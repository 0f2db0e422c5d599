/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_whole_clock.c - dom0's time of day is set, by a day and back, while
 * roles die and mediatord stops and starts: nobody waits for it
 *
 * All of mediatord's deadlines and pauses are to go by CLOCK_MONOTONIC.  One
 * that went by the time of day would last for a day, or not at all.
 */
#include <signal.h>
#include <stdlib.h>

#include "mediatord/whole.h"
#include "unit/jumping_clock.h"

#include "unit/unit.h"

#define GUESTS      4
#define ROUNDS      4
#define LIMIT_MS    10000
#define PATIENCE_MS 20000

static struct whole whole;

static int begin(void **state)
{
    (void)state;
    return jumping_clock_begin() || whole_start(&whole, GUESTS) ||
           whole_write(&whole);
}

static int end(void **state)
{
    (void)state;
    return whole_end(&whole);
}

static int64_t any_day(unsigned int *dice)
{
    return (int64_t)(rand_r(dice) % 3) * JUMPING_CLOCK_DAY - JUMPING_CLOCK_DAY;
}

static pid_t uart_role(unsigned int guest)
{
    return whole_uart_role(&whole, guest);
}

static pid_t net_role(unsigned int unused)
{
    (void)unused;
    return whole_net_role(&whole);
}

/* Waits for a role that is not that one. */
static pid_t await_role(pid_t (*find)(unsigned int guest), unsigned int guest,
                        pid_t but)
{
    pid_t pid;

    while ((pid = find(guest)) == 0 || pid == but)
        assert_int_equal(whole_await_guests(&whole), 0);
    return pid;
}

/* The successor is waited for by a timer, which the time of day must not
 * move. */
static void kill_while_the_clock_is_set(pid_t (*find)(unsigned int guest),
                                        unsigned int guest, int64_t seconds)
{
    pid_t role = await_role(find, guest, 0);

    assert_int_equal(kill(role, SIGKILL), 0);
    jumping_clock_set(seconds);
    await_role(find, guest, role);
    assert_int_equal(whole_await_guests(&whole), 0);
}

static void trust_whoever_sets_the_clock_keeps_nobody_waiting(void **state)
{
    unsigned int dice = 1, i;
    int stop_ms;

    (void)state;
    assert_int_equal(whole_await_guests(&whole), 0);
    whole_forget_longest(&whole);
    for (i = 0; i < ROUNDS; i++) {
        kill_while_the_clock_is_set(uart_role, i % GUESTS, any_day(&dice));
        kill_while_the_clock_is_set(net_role, 0, any_day(&dice));
    }
    jumping_clock_set(-JUMPING_CLOCK_DAY);
    stop_ms = whole_stop_mediatord(&whole, PATIENCE_MS);
    jumping_clock_set(JUMPING_CLOCK_DAY);
    assert_int_equal(whole_start_mediatord(&whole), 0);
    assert_int_equal(whole_await_guests(&whole), 0);
    assert_int_equal(whole_await_requests(&whole), 0);
    print_message("mediatord stopped in %d ms, the longest wait of a guest "
                  "was %d ms\n", stop_ms,
                  whole_longest_but(&whole, WHOLE_GUESTS_MAX));
    assert_in_range(stop_ms, 0, LIMIT_MS);
    assert_in_range(whole_longest_but(&whole, WHOLE_GUESTS_MAX), 0, LIMIT_MS);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
        trust_whoever_sets_the_clock_keeps_nobody_waiting, begin, end),
};

UNIT_MAIN(tests)
