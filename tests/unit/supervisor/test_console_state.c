/* SPDX-License-Identifier: BSD-2-Clause */
/* test_console_state.c - which state of a console may follow which */
#include "shared/log.h"
#include "supervisor/console/console_files.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_state.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

/* For each state which may follow it ('+'), in the order of enum
 * console_state. */
static const char *const may_follow[CONSOLE_STATES] = {
    [CONSOLE_NEW] = "-+++--",
    [CONSOLE_IDLE] = "--+-+-",
    [CONSOLE_STARTING] = "-+-++-",
    [CONSOLE_SERVING] = "----++",
    [CONSOLE_REMOVING] = "-+----",
    [CONSOLE_ENDING] = "-+----",
};

/* The shortest way to each state from NEW. */
static const enum console_state ways[CONSOLE_STATES][2] = {
    [CONSOLE_NEW] = { CONSOLE_NEW },
    [CONSOLE_IDLE] = { CONSOLE_IDLE },
    [CONSOLE_STARTING] = { CONSOLE_STARTING },
    [CONSOLE_SERVING] = { CONSOLE_SERVING },
    [CONSOLE_REMOVING] = { CONSOLE_STARTING, CONSOLE_REMOVING },
    [CONSOLE_ENDING] = { CONSOLE_SERVING, CONSOLE_ENDING },
};

static struct console *new_console(enum console_state state)
{
    struct console *console = console_new(&fixture_consoles);
    unsigned int i;

    assert_non_null(console);
    snprintf(console->guest, sizeof(console->guest), "g1");
    console_options_init(&console->options);
    console->options.history_bytes = 4096;
    assert_int_equal(console_name(console), 0);
    assert_int_equal(console_files_prepare(console), 0);
    for (i = 0; console->state != state; i++)
        assert_int_equal(console_enter(console, ways[state][i]), 0);
    return console;
}

/* ---- what is true ---- */

static void main_only_permitted_transitions_of_a_console_happen(void **state)
{
    enum console_state from, to;

    (void)state;
    for (from = 0; from < CONSOLE_STATES; from++)
        for (to = 0; to < CONSOLE_STATES; to++) {
            struct console *console = new_console(from);

            if (may_follow[from][to] == '+') {
                assert_int_equal(console_enter(console, to), 0);
                assert_int_equal(console->state, to);
            } else {
                assert_int_equal(console_enter(console, to), -1);
                assert_int_equal(console->state, from);
            }
            console_free(console);
        }
}

static void main_refused_transition_changes_nothing(void **state)
{
    struct console *console = new_console(CONSOLE_SERVING);

    (void)state;
    console->server = 7;
    console->delay.failures = 2;
    assert_int_equal(console_enter(console, CONSOLE_IDLE), -1);
    assert_non_null(strstr(log_last_error(), "g1/com1 cannot be idle after it "
                           "was serving"));
    assert_int_equal(console->server, 7);
    assert_int_equal(console->delay.failures, 2);
    assert_int_equal(console_enter(console, CONSOLE_STARTING), -1);
    assert_false(ev_is_active(&console->deadline));
    console_free(console);
}

static void main_states_that_must_not_last_have_a_deadline(void **state)
{
    static const bool has_deadline[CONSOLE_STATES] = {
        [CONSOLE_STARTING] = true,
        [CONSOLE_REMOVING] = true,
        [CONSOLE_ENDING] = true,
    };
    enum console_state each;

    (void)state;
    for (each = 0; each < CONSOLE_STATES; each++) {
        struct console *console = new_console(each);

        assert_int_equal(ev_is_active(&console->deadline) != 0,
                         has_deadline[each]);
        console_free(console);
    }
}

static void main_idle_console_has_nothing_of_a_domain(void **state)
{
    struct console *console = new_console(CONSOLE_ENDING);

    (void)state;
    snprintf(console->tty.name, sizeof(console->tty.name), "ttyS0");
    fixture_host.tty_is_taken = true;
    console->server = 7;
    ev_timer_set(&console->retry, 1., 0.);
    ev_timer_start(fixture_consoles.loop, &console->retry);
    assert_int_equal(console_enter(console, CONSOLE_IDLE), 0);
    assert_false(fixture_host.tty_is_taken);
    assert_true(console->server == UINT32_MAX);
    assert_false(ev_is_active(&console->retry));
    console_free(console);
}

#define state_test(name) \
    cmocka_unit_test_setup_teardown(name, console_fixture_begin, \
                                    console_fixture_end)

static const struct CMUnitTest tests[] = {
    state_test(main_only_permitted_transitions_of_a_console_happen),
    state_test(main_refused_transition_changes_nothing),
    state_test(main_states_that_must_not_last_have_a_deadline),
    state_test(main_idle_console_has_nothing_of_a_domain),
};

UNIT_MAIN(tests)
