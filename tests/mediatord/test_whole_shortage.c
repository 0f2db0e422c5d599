/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_whole_shortage.c - a supervisor that lacks something gives up no guest
 */
#include <signal.h>

#include "fake-xen/fake_setup.h"
#include "mediatord/whole.h"

#include "unit/unit.h"

static struct whole whole;

static int begin(void **state)
{
    (void)state;
    return whole_start(&whole, 1) || whole_write(&whole);
}

static int end(void **state)
{
    (void)state;
    fake_unaskable_set(false);
    return whole_end(&whole);
}

/* A role dies just when dom0 has no memory to ask Xen whether its domain still
 * lives: it has a successor all the same. */
static void trust_role_has_a_successor_when_xen_cannot_be_asked(void **state)
{
    pid_t role = whole_uart_role(&whole, 0);

    (void)state;
    assert_true(role > 0);
    assert_int_equal(whole_await_guests(&whole), 0);
    fake_unaskable_set(true);
    assert_int_equal(kill(role, SIGKILL), 0);
    assert_int_equal(whole_await_guests(&whole), 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
        trust_role_has_a_successor_when_xen_cannot_be_asked, begin, end),
};

UNIT_MAIN(tests)
