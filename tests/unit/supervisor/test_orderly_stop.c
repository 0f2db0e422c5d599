/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_orderly_stop.c - mediatord ends: in which order its roles go, and what
 * becomes of those that do not
 *
 * Both roles are processes that wait to be ended.  No test waits for a
 * deadline: it is invoked.
 */
#include <signal.h>
#include <sys/wait.h>

#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/console/console_request.h"
#include "supervisor/console/consoles.h"
#include "supervisor/orderly_stop.h"
#include "unit/jumping_clock.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

static struct orderly_stop stop;
static struct console *console;
static unsigned int warnings, overs;

/* ---- the supervisor ---- */

/* In the place of the net keeper's. */
void net_keeper_stop(struct net_keeper *net)
{
    net->is_stopping = true;
    role_process_stop(&net->process);
}

static void on_net_exited(struct role_process *process, int wait_status)
{
    (void)process;
    (void)wait_status;
    orderly_stop_progress(&stop);
}

static const struct role_process_kind net_kind = {
    .role = "net role",
    .exited = on_net_exited,
};

static void on_idle(void *owner)
{
    (void)owner;
}

static void on_role_exited(void *owner)
{
    (void)owner;
    orderly_stop_progress(&stop);
}

static const struct console_list_events console_events = {
    .idle = on_idle,
    .role_exited = on_role_exited,
};

static void on_guests_will_wait(void *owner)
{
    assert_ptr_equal(owner, &stop);
    assert_false(fixture_consoles.is_stopping);
    warnings++;
}

static void on_over(void *owner)
{
    assert_ptr_equal(owner, &stop);
    overs++;
}

static const struct orderly_stop_events events = {
    .guests_will_wait = on_guests_will_wait,
    .over = on_over,
};

static int begin(void **state)
{
    const char *arguments[] = { ROLE_UART_PROGRAM, NULL };

    if (console_fixture_begin(state))
        return -1;
    warnings = overs = 0;
    fixture_consoles.events = &console_events;
    stop = (struct orderly_stop){
        .loop = fixture_consoles.loop,
        .net = &fixture_net,
        .consoles = &fixture_consoles,
        .events = &events,
        .owner = &stop,
    };
    role_process_init(&fixture_net.process, fixture_consoles.loop, &net_kind,
                      "", NULL);
    if (role_process_start(&fixture_net.process, fixture_consoles.uart_program,
                           fixture_consoles.lock_fd, arguments) ||
        fixture_serve("g1", "mode=virtual;tcp=1234"))
        return -1;
    console = fixture_consoles.first;
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, 7));
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    consoles_net_answered(&fixture_consoles, console->number, NULL);
    return 0;
}

static int finish(void **state)
{
    stop.stage = ORDERLY_STOP_OVER;
    ev_timer_stop(stop.loop, &stop.deadline);
    role_process_kill(&fixture_net.process);
    consoles_stop(&fixture_consoles);
    if (role_process_is_running(&console->uart))
        role_process_kill(&console->uart);
    while (role_process_is_running(&fixture_net.process))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
    return console_fixture_end(state);
}

/* ---- the tests' words ---- */

/* The role does not hear SIGTERM any more. */
static void hang(struct role_process *process)
{
    int status;

    assert_int_equal(kill(process->pid, SIGSTOP), 0);
    assert_int_equal(waitpid(process->pid, &status, WUNTRACED), process->pid);
    assert_true(WIFSTOPPED(status));
}

static void pass_deadline(void)
{
    ev_invoke(stop.loop, &stop.deadline, EV_TIMER);
}

/* A stage lasts until pass_deadline(), however busy the machine is. */
static void run_once(void)
{
    ev_timer_stop(stop.loop, &stop.deadline);
    ev_run(stop.loop, EVRUN_ONCE);
}

static void wait_for_end(void)
{
    while (overs == 0)
        run_once();
    assert_int_equal(overs, 1);
    assert_false(ev_is_active(&stop.deadline));
    assert_false(role_process_is_running(&fixture_net.process));
    assert_false(consoles_any_role_runs(&fixture_consoles));
}

/* ---- what is true ---- */

/* B2.  The net role waits for a client that does not read; the guest is served
 * meanwhile. */
static void trust_uart_roles_serve_until_the_net_role_has_ended(void **state)
{
    pid_t before = console->uart.pid;

    (void)state;
    hang(&fixture_net.process);
    orderly_stop_begin(&stop);
    assert_true(fixture_net.is_stopping);
    assert_int_equal(warnings, 0);
    /* Even a new uart role is started. */
    fixture_uart_dies(console);
    while (!role_process_is_running(&console->uart))
        run_once();
    assert_int_not_equal(console->uart.pid, before);
    assert_int_equal(kill(fixture_net.process.pid, SIGCONT), 0);
    wait_for_end();
    assert_int_equal(warnings, 1);
}

static void trust_nothing_is_served_anew_while_mediatord_stops(void **state)
{
    (void)state;
    hang(&fixture_net.process);
    orderly_stop_begin(&stop);
    assert_int_equal(fixture_serve("g2", "mode=virtual;tcp=1235"), -1);
    assert_non_null(strstr(log_last_error(), "stopping"));
    assert_int_equal(console_unserve(&fixture_consoles, "g1", NULL,
                                     fixture_on_done, &fixture_done), -1);
}

/* B1. */
static void trust_roles_that_do_not_end_are_killed(void **state)
{
    (void)state;
    hang(&fixture_net.process);
    hang(&console->uart);
    orderly_stop_begin(&stop);
    pass_deadline();
    assert_int_equal(warnings, 1);
    assert_int_equal(stop.stage, ORDERLY_STOP_UART_ROLES);
    pass_deadline();
    assert_int_equal(stop.stage, ORDERLY_STOP_KILLED);
    wait_for_end();
}

/* B1.  Nobody reaps them here: they are as good as in state D. */
static void trust_role_that_cannot_be_killed_is_named_and_left(void **state)
{
    char process[32];

    (void)state;
    snprintf(process, sizeof(process), "process %d", (int)console->uart.pid);
    hang(&fixture_net.process);
    hang(&console->uart);
    orderly_stop_begin(&stop);
    pass_deadline();
    pass_deadline();
    assert_int_equal(overs, 0);
    pass_deadline();
    assert_int_equal(overs, 1);
    assert_non_null(strstr(log_last_error(), process));
    assert_non_null(strstr(log_last_error(), "g1/com1"));
}

/* B1.  One uart role that does not end keeps the guests of all others waiting:
 * not for long, but as long as others end, and at most so long in all. */
static void trust_uart_roles_have_time_while_others_end(void **state)
{
    (void)state;
    hang(&console->uart);
    role_process_kill(&fixture_net.process);
    while (role_process_is_running(&fixture_net.process))
        ev_run(stop.loop, EVRUN_ONCE);
    orderly_stop_begin(&stop);
    assert_int_equal(stop.stage, ORDERLY_STOP_UART_ROLES);
    assert_true(ev_timer_remaining(stop.loop, &stop.deadline) <=
                ORDERLY_STOP_QUIET);
    ev_timer_set(&stop.deadline, 0., 0.);
    orderly_stop_progress(&stop); /* another one has ended */
    assert_true(ev_timer_remaining(stop.loop, &stop.deadline) >
                ORDERLY_STOP_QUIET / 2);
    stop.uart_limit = 0.; /* that was long ago */
    orderly_stop_progress(&stop);
    assert_true(ev_timer_remaining(stop.loop, &stop.deadline) <
                ORDERLY_STOP_QUIET / 2);
    pass_deadline();
    wait_for_end();
}

/* libev looks at the time of day twice a second at most. */
static void set_clock(int64_t seconds)
{
    ev_tstamp before = ev_now(stop.loop);

    jumping_clock_set(seconds);
    while (ev_now(stop.loop) < before + seconds / 2)
        ev_now_update(stop.loop);
}

/* Uart roles that end in good order are not killed because somebody sets the
 * clock meanwhile. */
static void trust_stop_does_not_go_by_the_time_of_day(void **state)
{
    (void)state;
    assert_int_equal(jumping_clock_begin(), 0);
    role_process_kill(&fixture_net.process);
    while (role_process_is_running(&fixture_net.process))
        ev_run(stop.loop, EVRUN_ONCE);
    orderly_stop_begin(&stop);
    assert_int_equal(stop.stage, ORDERLY_STOP_UART_ROLES);
    set_clock(JUMPING_CLOCK_DAY);
    orderly_stop_progress(&stop); /* one has ended */
    assert_true(ev_timer_remaining(stop.loop, &stop.deadline) >
                ORDERLY_STOP_QUIET / 2);
    wait_for_end();
}

#define stop_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    stop_test(trust_uart_roles_serve_until_the_net_role_has_ended),
    stop_test(trust_nothing_is_served_anew_while_mediatord_stops),
    stop_test(trust_roles_that_do_not_end_are_killed),
    stop_test(trust_role_that_cannot_be_killed_is_named_and_left),
    stop_test(trust_uart_roles_have_time_while_others_end),
    stop_test(trust_stop_does_not_go_by_the_time_of_day),
};

int main(int argc, char **argv)
{
    if (console_fixture_is_role(argc, argv))
        return 0;
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
