/* SPDX-License-Identifier: BSD-2-Clause */
/* test_restart_delay.c - pauses before a role is started again */
#include "supervisor/roles/restart_delay.h"

#include "unit/unit.h"

/* The test's doubles have few digits: a thousandth is nothing. */
static void assert_pause(struct restart_delay *delay, double pause)
{
    double found = restart_delay_after_failure(delay);

    assert_int_equal(found * 1000 + 0.5, pause * 1000 + 0.5);
}

/* B4. */
static void trust_pauses_grow_whether_the_role_is_ready_or_not(void **state)
{
    struct restart_delay delay = { .first = 0., .second = 0.01 };
    unsigned int i;

    (void)state;
    assert_pause(&delay, 0.);
    restart_delay_note_ready(&delay);
    assert_pause(&delay, 0.01);
    assert_pause(&delay, 0.02);
    restart_delay_note_ready(&delay);
    assert_pause(&delay, 0.04);
    for (i = 0; i < 1000; i++)
        restart_delay_after_failure(&delay);
    assert_pause(&delay, RESTART_DELAY_MAX);
}

static void trust_seconds_of_service_end_the_pauses(void **state)
{
    struct restart_delay delay = { .first = 0.05, .second = 0.1 };

    (void)state;
    assert_pause(&delay, 0.05);
    assert_pause(&delay, 0.1);
    restart_delay_note_ready(&delay);
    delay.ready_at -= RESTART_DELAY_SERVED;
    assert_pause(&delay, 0.05);
    /* The next process never said READY. */
    assert_pause(&delay, 0.1);
    restart_delay_forget(&delay);
    assert_pause(&delay, 0.05);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(trust_pauses_grow_whether_the_role_is_ready_or_not),
    cmocka_unit_test(trust_seconds_of_service_end_the_pauses),
};

UNIT_MAIN(tests)
