/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_console_break.c - when a break is sent, who puts it into the guest's
 * input, and what the operator is told; when the net role knows of a guest
 */
#include <linux/serial_reg.h>

#include "shared/log.h"
#include "supervisor/console/console_break.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_request.h"
#include "supervisor/console/consoles.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

static struct console *serve(const char *options)
{
    struct console *console;

    assert_int_equal(fixture_serve("g1", options), 0);
    console = console_list_find(&fixture_consoles, "g1", NULL);
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, 7));
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    if (fixture_net.is_ready)
        consoles_net_answered(&fixture_consoles, console->number, NULL);
    assert_int_equal(console->state, CONSOLE_SERVING);
    fixture_done.count = 0;
    return console;
}

/* The net role's next message of that type. */
static struct role_message heard(enum role_message_type type)
{
    struct role_message message = { .type = 0 };

    while (fixture_net_hears(&message) && message.type != type)
        ;
    assert_int_equal(message.type, type);
    return message;
}

static bool hears_no_more(void)
{
    struct role_message message;

    return !fixture_net_hears(&message);
}

static int send_break(void)
{
    return console_break(&fixture_consoles, "g1", NULL, fixture_on_done,
                         &fixture_done);
}

/* ---- breaks ---- */

static void main_a_break_is_done_when_the_net_role_says_so(void **state)
{
    struct console *console = serve("mode=virtual;tcp=1234");
    struct role_message first, second;

    (void)state;
    assert_int_equal(send_break(), 0);
    assert_int_equal(send_break(), 0);
    first = heard(ROLE_BREAK);
    second = heard(ROLE_BREAK);
    assert_int_equal(first.console, console->number);
    assert_int_not_equal(first.value, second.value);
    assert_int_equal(fixture_done.count, 0);
    console_break_answered(&fixture_consoles, second.value, "it does not "
                                                            "listen");
    assert_int_equal(fixture_done.count, 1);
    assert_string_equal(fixture_done.problem, "it does not listen");
    console_break_answered(&fixture_consoles, second.value, NULL);
    console_break_answered(&fixture_consoles, 4711, NULL);
    assert_int_equal(fixture_done.count, 1);
    console_break_answered(&fixture_consoles, first.value, NULL);
    assert_int_equal(fixture_done.count, 2);
    assert_string_equal(fixture_done.problem, "");
}

static void main_a_net_role_that_dies_leaves_it_open(void **state)
{
    (void)state;
    serve("mode=virtual;tcp=1234");
    assert_int_equal(send_break(), 0);
    consoles_net_gone(&fixture_consoles);
    assert_int_equal(fixture_done.count, 1);
    assert_non_null(strstr(fixture_done.problem, "nobody knows"));
    /* Until it listens again nobody can send one. */
    assert_int_equal(send_break(), -1);
    assert_non_null(strstr(log_last_error(), "no break was sent"));
}

static void main_who_asked_for_a_break_may_be_gone(void **state)
{
    (void)state;
    serve("mode=virtual;tcp=1234");
    assert_int_equal(send_break(), 0);
    console_breaks_forget(&fixture_consoles, &fixture_done);
    console_break_answered(&fixture_consoles, heard(ROLE_BREAK).value, NULL);
    assert_int_equal(fixture_done.count, 0);
}

static void main_a_break_is_refused_where_nobody_may_type(void **state)
{
    (void)state;
    serve("mode=virtual;tcp=1234;access=ro");
    assert_int_equal(send_break(), -1);
    assert_non_null(strstr(log_last_error(), "access=ro"));
}

static void main_a_break_is_refused_where_there_is_no_guest(void **state)
{
    (void)state;
    fixture_add_idle("g1", 1234);
    assert_int_equal(send_break(), -1);
    assert_non_null(strstr(log_last_error(), "idle"));
    assert_int_equal(console_break(&fixture_consoles, "g2", NULL,
                                   fixture_on_done, &fixture_done), -1);
}

/* Each is answered, and a role that says too much is killed. */
static void main_no_more_breaks_are_asked_for_than_a_role_may_answer(
    void **state)
{
    unsigned int i;

    (void)state;
    serve("mode=virtual;tcp=1234");
    for (i = 0; i < 10000 && !send_break(); i++)
        console_break_answered(&fixture_consoles, heard(ROLE_BREAK).value,
                               NULL);
    assert_in_range(i, 100, 500);
    assert_non_null(strstr(log_last_error(), "try again later"));
}

/* nic = "none": nobody types. */
static void main_without_a_net_role_the_break_is_put_by_the_supervisor(
    void **state)
{
    struct console *console;
    uint8_t byte, errors;

    (void)state;
    fixture_net.is_enabled = fixture_net.is_ready = false;
    console = serve("mode=virtual;tcp=1234");
    assert_int_equal(send_break(), 0);
    assert_int_equal(fixture_done.count, 1);
    assert_string_equal(fixture_done.problem, "");
    assert_int_equal(in_ring_read(&console->in, 0, &byte, &errors, 1), 1);
    assert_int_equal(byte, 0);
    assert_int_equal(errors, UART_LSR_BI);
    while (!send_break() && fixture_done.count < 1000)
        ;
    assert_int_equal(fixture_done.count, in_ring_head(&console->in));
}

/* ---- a guest comes and goes ---- */

/* G2 */
static void main_the_net_role_knows_when_there_is_a_guest(void **state)
{
    struct console *console = fixture_add_idle("g1", 1234);
    struct role_message message;

    (void)state;
    assert_int_equal(fixture_serve("g1", "mode=virtual;tcp=1234"), 0);
    assert_true(hears_no_more());
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, 7));
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    message = heard(ROLE_GUEST);
    assert_int_equal(message.console, console->number);
    assert_int_equal(message.value, 1);
    /* A uart role that dies leaves its guest. */
    fixture_uart_dies(console);
    assert_true(hears_no_more());
    /* A net role that is started again is told with the console. */
    consoles_net_gone(&fixture_consoles);
    consoles_net_ready(&fixture_consoles);
    assert_int_equal(heard(ROLE_ADD_CONSOLE).value, 1);
    consoles_net_answered(&fixture_consoles, console->number, NULL);
    fixture_host.has_domain = false;
    consoles_check_domains(&fixture_consoles);
    message = heard(ROLE_GUEST);
    assert_int_equal(message.value, 0);
    assert_true(hears_no_more());
}

#define break_test(name) \
    cmocka_unit_test_setup_teardown(name, console_fixture_begin, \
                                    console_fixture_end)

static const struct CMUnitTest tests[] = {
    break_test(main_a_break_is_done_when_the_net_role_says_so),
    break_test(main_a_net_role_that_dies_leaves_it_open),
    break_test(main_who_asked_for_a_break_may_be_gone),
    break_test(main_a_break_is_refused_where_nobody_may_type),
    break_test(main_a_break_is_refused_where_there_is_no_guest),
    break_test(main_no_more_breaks_are_asked_for_than_a_role_may_answer),
    break_test(main_without_a_net_role_the_break_is_put_by_the_supervisor),
    break_test(main_the_net_role_knows_when_there_is_a_guest),
};

int main(int argc, char **argv)
{
    if (console_fixture_is_role(argc, argv))
        return 0;
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
