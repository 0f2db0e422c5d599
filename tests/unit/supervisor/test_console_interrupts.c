/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_console_interrupts.c - when a domain's interrupt levels are made, kept
 * and removed (D5)
 */
#include <unistd.h>

#include "shared/interrupt_levels.h"
#include "supervisor/console/console_interrupts.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_state.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

static struct console *add(const char *guest, uint16_t port)
{
    struct console *console = fixture_add_idle(guest, port);

    console->domain.domid = 5;
    console->domain.has_isa_irqs = true;
    return console;
}

static void path_of(char path[PATH_MAX])
{
    assert_int_equal(interrupt_levels_path(
        path, fixture_consoles.config->directory, 5), 0);
}

static bool has_file(void)
{
    char path[PATH_MAX];

    path_of(path);
    return !access(path, F_OK);
}

/* What is written there now, as a uart role of the domain does. */
static bool change_level(bool level)
{
    struct interrupt_levels levels = INTERRUPT_LEVELS_CLOSED;
    char path[PATH_MAX];
    bool was;

    path_of(path);
    assert_int_equal(interrupt_levels_open(&levels, path), 0);
    was = interrupt_levels_get(&levels, 4);
    interrupt_levels_set(&levels, 4, 1, level);
    interrupt_levels_close(&levels);
    return was;
}

static void main_first_console_of_a_domain_finds_low_lines(void **state)
{
    struct console *first = add("g1", 1234), *second = add("g2", 1235);

    (void)state;
    assert_int_equal(console_interrupts_prepare(first, true), 0);
    assert_false(change_level(true));
    assert_int_equal(console_enter(first, CONSOLE_STARTING), 0);
    /* The second console finds what the first one's role wrote, and so does a
     * role that is started again. */
    assert_int_equal(console_interrupts_prepare(second, true), 0);
    assert_true(change_level(true));
    assert_int_equal(console_interrupts_prepare(first, false), 0);
    assert_true(change_level(true));
    /* Another domain of that number does not. */
    assert_int_equal(console_enter(first, CONSOLE_IDLE), 0);
    assert_int_equal(console_interrupts_prepare(first, true), 0);
    assert_false(change_level(true));
}

static void main_last_console_of_a_domain_takes_the_levels_along(void **state)
{
    struct console *first = add("g1", 1234), *second = add("g2", 1235);

    (void)state;
    assert_int_equal(console_interrupts_prepare(first, true), 0);
    assert_int_equal(console_enter(first, CONSOLE_STARTING), 0);
    assert_int_equal(console_enter(second, CONSOLE_STARTING), 0);
    assert_int_equal(console_enter(first, CONSOLE_IDLE), 0);
    assert_true(has_file());
    assert_int_equal(console_enter(second, CONSOLE_IDLE), 0);
    assert_false(has_file());
}

static void main_a_guest_without_isa_interrupts_has_no_levels(void **state)
{
    struct console *console = add("g1", 1234);

    (void)state;
    console->domain.has_isa_irqs = false;
    assert_int_equal(console_interrupts_prepare(console, true), 0);
    assert_false(has_file());
}

#define levels_test(name) \
    cmocka_unit_test_setup_teardown(name, console_fixture_begin, \
                                    console_fixture_end)

static const struct CMUnitTest tests[] = {
    levels_test(main_first_console_of_a_domain_finds_low_lines),
    levels_test(main_last_console_of_a_domain_takes_the_levels_along),
    levels_test(main_a_guest_without_isa_interrupts_has_no_levels),
};

UNIT_MAIN(tests)
