/* SPDX-License-Identifier: BSD-2-Clause */
/* test_console_life.c - what becomes of a console when something happens */
#include <unistd.h>

#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_request.h"
#include "supervisor/console/console_restore.h"
#include "supervisor/console/consoles.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

#define SERVER 7

/* ---- the tests' words ---- */

static struct console *serve(const char *guest)
{
    assert_int_equal(fixture_serve(guest, "mode=virtual;tcp=1234"), 0);
    return console_list_find(&fixture_consoles, guest, NULL);
}

static void finish_start(struct console *console)
{
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, SERVER));
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    consoles_net_answered(&fixture_consoles, console->number, NULL);
    assert_int_equal(console->state, CONSOLE_SERVING);
}

static struct console *serve_to_the_end(const char *guest)
{
    struct console *console = serve(guest);

    finish_start(console);
    return console;
}

static void run_until_restarted(struct console *console, unsigned int count)
{
    while (console->restarts < count ||
           !role_process_is_running(&console->uart))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
}

static void unserve(const char *guest)
{
    assert_int_equal(console_unserve(&fixture_consoles, guest, NULL,
                                     fixture_on_done, &fixture_done), 0);
}

/* Another mediatord goes on. */
static void stop_and_restore(void)
{
    consoles_stop(&fixture_consoles);
    while (consoles_any_role_runs(&fixture_consoles))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
    consoles_free(&fixture_consoles);
    fixture_consoles.is_stopping = false;
    assert_int_equal(console_restore_all(&fixture_consoles), 0);
}

static void assert_done(const char *problem)
{
    assert_int_equal(fixture_done.count, 1);
    assert_string_equal(fixture_done.problem, problem);
}

/* ---- what is true ---- */

static void main_console_is_served_when_both_roles_are_ready(void **state)
{
    struct console *console = serve("g1");

    (void)state;
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, SERVER));
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    assert_int_equal(console->state, CONSOLE_STARTING);
    assert_int_equal(fixture_done.count, 0);
    consoles_net_answered(&fixture_consoles, console->number, NULL);
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_done("");
}

static void main_console_that_cannot_listen_is_removed(void **state)
{
    struct console *console = serve("g1");

    (void)state;
    consoles_net_answered(&fixture_consoles, console->number, "port in use");
    assert_int_equal(console->state, CONSOLE_REMOVING);
    fixture_uart_dies(console);
    assert_null(fixture_consoles.first);
    assert_done("port in use");
    assert_int_equal(fixture_idles, 1);
}

static void main_uart_role_that_dies_is_started_again(void **state)
{
    struct console *console = serve_to_the_end("g1");

    (void)state;
    fixture_uart_dies(console);
    run_until_restarted(console, 1);
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_int_equal(console->server, SERVER);
}

/* The role is in strange hands: what it said of the server is not true. */
static void main_uart_role_that_says_what_it_may_not_is_replaced(
    void **state)
{
    struct console *console = serve_to_the_end("g1");
    pid_t before = console->uart.pid;
    struct role_message provoke = { .type = FIXTURE_PROVOKE };

    (void)state;
    assert_int_equal(role_process_send(&console->uart, &provoke, NULL, 0), 0);
    run_until_restarted(console, 1);
    assert_int_not_equal(console->uart.pid, before);
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_int_equal(console->server, SERVER);
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
}

/* B4.  The role says READY each time, and dies when it looks at its first
 * request. */
static void trust_uart_role_that_dies_after_ready_is_given_pauses(void **state)
{
    struct console *console = serve_to_the_end("g1");
    unsigned int i;

    (void)state;
    for (i = 1; i <= 4; i++) {
        fixture_uart_dies(console);
        run_until_restarted(console, i);
        assert_true(fixture_uart_says(console, ROLE_READY, 0));
        assert_int_equal(console->delay.failures, i);
    }
    /* After some seconds of service it is started at once. */
    console->delay.ready_at -= RESTART_DELAY_SERVED;
    fixture_uart_dies(console);
    run_until_restarted(console, i);
    assert_int_equal(console->delay.failures, 1);
}

static void main_console_is_idle_after_its_domain(void **state)
{
    struct console *console = serve_to_the_end("g1");

    (void)state;
    fixture_host.has_domain = false;
    consoles_check_domains(&fixture_consoles);
    assert_int_equal(console->state, CONSOLE_ENDING);
    fixture_uart_dies(console);
    assert_int_equal(console->state, CONSOLE_IDLE);
    assert_int_equal(fixture_idles, 1);
    assert_true(console->is_listening);
}

static void main_console_is_idle_after_its_domain_took_the_role_along(
    void **state)
{
    struct console *console = serve_to_the_end("g1");

    (void)state;
    fixture_host.has_domain = false;
    fixture_uart_dies(console);
    assert_int_equal(console->state, CONSOLE_IDLE);
    assert_int_equal(console->restarts, 0);
    assert_int_equal(fixture_idles, 1);
}

static void main_unserved_console_goes_when_its_server_is_gone(void **state)
{
    struct console *console = serve_to_the_end("g1");

    (void)state;
    fixture_done.count = 0;
    unserve("g1");
    assert_int_equal(console->state, CONSOLE_REMOVING);
    assert_true(fixture_uart_says(console, ROLE_SERVER_GONE, 0));
    assert_int_equal(fixture_done.count, 0);
    fixture_uart_dies(console);
    assert_null(fixture_consoles.first);
    assert_done("");
}

/* The role died while it removed the server: a successor finishes that, unless
 * the domain ends first. */
static void main_unserve_ends_with_the_domain(void **state)
{
    struct console *console = serve_to_the_end("g1");

    (void)state;
    fixture_done.count = 0;
    unserve("g1");
    fixture_uart_dies(console);
    assert_int_equal(console->state, CONSOLE_REMOVING);
    assert_int_equal(fixture_done.count, 0);
    fixture_host.has_domain = false;
    consoles_check_domains(&fixture_consoles);
    if (fixture_consoles.first)
        fixture_uart_dies(console);
    assert_null(fixture_consoles.first);
    assert_done("");
}

/* B6.  The role hangs: unserve says what is true, and a successor removes the
 * server. */
static void trust_removal_that_is_late_goes_on(void **state)
{
    struct console *console = serve_to_the_end("g1");

    (void)state;
    fixture_done.count = 0;
    unserve("g1");
    ev_invoke(fixture_consoles.loop, &console->deadline, EV_TIMER);
    assert_int_equal(fixture_done.count, 1);
    assert_non_null(strstr(fixture_done.problem, "goes on trying"));
    assert_int_equal(console->state, CONSOLE_REMOVING);
    assert_int_equal(console->server, SERVER);
    assert_true(ev_is_active(&console->deadline));
    run_until_restarted(console, 1);
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    assert_int_equal(console->state, CONSOLE_REMOVING);
    assert_true(fixture_uart_says(console, ROLE_SERVER_GONE, 0));
    fixture_uart_dies(console);
    assert_null(fixture_consoles.first);
    assert_int_equal(fixture_done.count, 1);
    assert_int_equal(fixture_idles, 1);
}

/* B6. */
static void trust_next_mediatord_knows_a_server_that_was_not_removed(
    void **state)
{
    struct console *console = serve_to_the_end("g1");

    (void)state;
    unserve("g1");
    ev_invoke(fixture_consoles.loop, &console->deadline, EV_TIMER);
    run_until_restarted(console, 1);
    stop_and_restore();
    assert_int_equal(fixture_consoles.first->state, CONSOLE_SERVING);
    assert_int_equal(fixture_consoles.first->server, SERVER);
}

/* A successor of the role removes the server, and whoever waits is told why
 * the console could not be served. */
static void finish_removal(struct console *console, const char *problem)
{
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    assert_true(fixture_uart_says(console, ROLE_SERVER_GONE, 0));
    fixture_uart_dies(console);
    assert_null(fixture_consoles.first);
    assert_int_equal(fixture_done.count, 1);
    assert_non_null(strstr(fixture_done.problem, problem));
}

/* B6.  The role was killed between SERVER_CREATED and READY. */
static void trust_server_of_a_start_that_was_killed_is_removed(void **state)
{
    struct console *console = serve("g1");

    (void)state;
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, SERVER));
    fixture_uart_dies(console);
    run_until_restarted(console, 1);
    assert_int_equal(console->state, CONSOLE_REMOVING);
    assert_int_equal(console->server, SERVER);
    assert_int_equal(fixture_done.count, 0);
    finish_removal(console, "ended while starting");
}

/* The role hangs before it is ready: nobody waits for it a second time. */
static void trust_start_that_is_late_is_ended_and_removed(void **state)
{
    struct console *console = serve("g1");

    (void)state;
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, SERVER));
    ev_invoke(fixture_consoles.loop, &console->deadline, EV_TIMER);
    assert_int_equal(console->state, CONSOLE_REMOVING);
    run_until_restarted(console, 1);
    assert_int_equal(console->server, SERVER);
    finish_removal(console, "no answer");
}

/* It may have destroyed its server before it died. */
static void main_server_that_xen_does_not_know_needs_no_successor(
    void **state)
{
    struct console *console = serve("g1");

    (void)state;
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, SERVER));
    fixture_host.has_server = false;
    fixture_uart_dies(console);
    assert_null(fixture_consoles.first);
    assert_int_equal(fixture_done.count, 1);
}

/* Another program destroyed the server: a successor that looked for it would
 * never find it. */
static void main_guest_whose_server_is_gone_gets_another(void **state)
{
    struct console *console = serve_to_the_end("g1");

    (void)state;
    fixture_host.has_server = false;
    fixture_uart_dies(console);
    run_until_restarted(console, 1);
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_int_equal(console->server, ROLE_NO_SERVER);
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, SERVER + 1));
    assert_int_equal(console->server, SERVER + 1);
}

static void main_start_ends_with_the_domain(void **state)
{
    struct console *console = serve("g1");

    (void)state;
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, SERVER));
    fixture_host.has_domain = false;
    consoles_check_domains(&fixture_consoles);
    assert_int_equal(console->state, CONSOLE_REMOVING);
    /* The role had sent that before it knew. */
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    fixture_uart_dies(console);
    assert_null(fixture_consoles.first);
    assert_done("the domain ended");
}

static void main_first_cause_of_a_failed_start_is_told(void **state)
{
    struct console *console = serve("g1");

    (void)state;
    console_begin_removal(console, "the first");
    console_begin_removal(console, "the second");
    fixture_uart_dies(console);
    assert_done("the first");
}

static void main_next_mediatord_goes_on_with_a_living_domain(void **state)
{
    struct console *console = serve_to_the_end("g1");

    (void)state;
    consoles_stop(&fixture_consoles);
    while (consoles_any_role_runs(&fixture_consoles))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
    assert_int_equal(fixture_role_exits, 1);
    consoles_free(&fixture_consoles);

    fixture_consoles.is_stopping = false;
    assert_int_equal(console_restore_all(&fixture_consoles), 0);
    console = fixture_consoles.first;
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_int_equal(console->server, SERVER);
    assert_string_equal(console->label, "g1/com1");
    assert_true(role_process_is_running(&console->uart));
}

static void main_next_mediatord_keeps_a_console_whose_domain_ended(
    void **state)
{
    (void)state;
    serve_to_the_end("g1");
    consoles_stop(&fixture_consoles);
    while (consoles_any_role_runs(&fixture_consoles))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
    consoles_free(&fixture_consoles);

    fixture_consoles.is_stopping = false;
    fixture_host.has_domain = false;
    assert_int_equal(console_restore_all(&fixture_consoles), 0);
    assert_int_equal(fixture_consoles.first->state, CONSOLE_IDLE);
    assert_int_equal(fixture_consoles.first->server, ROLE_NO_SERVER);
    assert_false(role_process_is_running(&fixture_consoles.first->uart));
}

#define life_test(name) \
    cmocka_unit_test_setup_teardown(name, console_fixture_begin, \
                                    console_fixture_end)

static const struct CMUnitTest tests[] = {
    life_test(main_console_is_served_when_both_roles_are_ready),
    life_test(main_console_that_cannot_listen_is_removed),
    life_test(main_uart_role_that_dies_is_started_again),
    life_test(main_uart_role_that_says_what_it_may_not_is_replaced),
    life_test(trust_uart_role_that_dies_after_ready_is_given_pauses),
    life_test(main_console_is_idle_after_its_domain),
    life_test(main_console_is_idle_after_its_domain_took_the_role_along),
    life_test(main_unserved_console_goes_when_its_server_is_gone),
    life_test(main_unserve_ends_with_the_domain),
    life_test(trust_removal_that_is_late_goes_on),
    life_test(trust_next_mediatord_knows_a_server_that_was_not_removed),
    life_test(trust_server_of_a_start_that_was_killed_is_removed),
    life_test(trust_start_that_is_late_is_ended_and_removed),
    life_test(main_server_that_xen_does_not_know_needs_no_successor),
    life_test(main_guest_whose_server_is_gone_gets_another),
    life_test(main_start_ends_with_the_domain),
    life_test(main_first_cause_of_a_failed_start_is_told),
    life_test(main_next_mediatord_goes_on_with_a_living_domain),
    life_test(main_next_mediatord_keeps_a_console_whose_domain_ended),
};

int main(int argc, char **argv)
{
    if (console_fixture_is_role(argc, argv))
        return 0;
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
