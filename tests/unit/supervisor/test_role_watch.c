/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_watch.c - roles that hang, and those that only seem to
 *
 * Both roles are processes that answer a ping.  No test waits for the time
 * between two looks: they are invoked.
 */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/consoles.h"
#include "supervisor/role_watch.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

static struct role_watch watch;
static struct console *console;
static unsigned int net_exits;

/* ---- the supervisor ---- */

static void on_net_exited(struct role_process *process, int wait_status)
{
    (void)process;
    (void)wait_status;
    net_exits++;
}

static const struct role_process_rule net_rules[] = {
    { ROLE_PONG, 1u, role_process_note_pong },
};

static unsigned int net_state(const struct role_process *process)
{
    (void)process;
    return 0;
}

static const struct role_process_kind net_kind = {
    .role = "net role",
    .rules = net_rules,
    .rule_count = 1,
    .state = net_state,
    .exited = on_net_exited,
};

static int begin(void **state)
{
    const char *arguments[] = { ROLE_UART_PROGRAM, NULL };

    if (console_fixture_begin(state))
        return -1;
    net_exits = 0;
    watch = (struct role_watch){
        .loop = fixture_consoles.loop,
        .net = &fixture_net,
        .consoles = &fixture_consoles,
    };
    role_watch_start(&watch);
    role_process_init(&fixture_net.process, fixture_consoles.loop, &net_kind,
                      "", NULL);
    if (role_process_start(&fixture_net.process, fixture_consoles.uart_program,
                           fixture_consoles.lock_fd, arguments) ||
        fixture_serve("g1", "mode=virtual;tcp=1234"))
        return -1;
    console = fixture_consoles.first;
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, 7));
    consoles_net_answered(&fixture_consoles, console->number, NULL);
    return 0;
}

static int finish(void **state)
{
    role_watch_stop(&watch);
    role_process_kill(&fixture_net.process);
    role_process_kill(&console->uart);
    while (role_process_is_running(&fixture_net.process))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
    return console_fixture_end(state);
}

/* ---- the tests' words ---- */

/* The role does not run any more. */
static void hang(struct role_process *process)
{
    int status;

    assert_int_equal(kill(process->pid, SIGSTOP), 0);
    assert_int_equal(waitpid(process->pid, &status, WUNTRACED), process->pid);
    assert_true(WIFSTOPPED(status));
}

static void wait_for_answer(struct role_process *process)
{
    pid_t pid = process->pid;

    while (process->pings > 0 && process->pid == pid)
        ev_run(watch.loop, EVRUN_ONCE);
    assert_int_equal(process->pid, pid);
}

/* Between two looks all answer but `hung`, which may be NULL. */
static void look(unsigned int times, const struct role_process *hung)
{
    while (times-- > 0) {
        ev_invoke(watch.loop, &watch.look, EV_TIMER);
        if (&fixture_net.process != hung)
            wait_for_answer(&fixture_net.process);
        if (&console->uart != hung)
            wait_for_answer(&console->uart);
    }
}

static void wait_for_successor(pid_t before)
{
    while (!role_process_is_running(&console->uart) ||
           console->uart.pid == before)
        ev_run(watch.loop, EVRUN_ONCE);
}

static bool is_killed(const struct role_process *process)
{
    siginfo_t info = { .si_pid = 0 };

    assert_int_equal(waitid(P_PID, process->pid, &info,
                            WEXITED | WNOHANG | WNOWAIT), 0);
    return info.si_pid == process->pid && info.si_code == CLD_KILLED;
}

/* ---- what is true ---- */

/* B8.  Whether it had a request when it was stopped does not matter. */
static void trust_uart_role_that_hangs_is_replaced(void **state)
{
    pid_t before = console->uart.pid;

    (void)state;
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    assert_int_equal(console->state, CONSOLE_SERVING);
    hang(&console->uart);
    look(ROLE_WATCH_PINGS, &console->uart);
    assert_false(is_killed(&console->uart));
    look(1, &console->uart);
    wait_for_successor(before);
    assert_int_equal(console->restarts, 1);
    assert_int_equal(console->state, CONSOLE_SERVING);
    /* The successor begins with as much time as any. */
    assert_int_equal(console->uart.pings, 0);
    assert_int_equal(net_exits, 0);
}

/* B8. */
static void trust_net_role_that_hangs_is_killed(void **state)
{
    (void)state;
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    hang(&fixture_net.process);
    look(ROLE_WATCH_PINGS, &fixture_net.process);
    assert_int_equal(net_exits, 0);
    look(1, &fixture_net.process);
    while (net_exits == 0)
        ev_run(watch.loop, EVRUN_ONCE);
    assert_true(role_process_is_running(&console->uart));
}

static void trust_roles_that_answer_are_left_alone(void **state)
{
    (void)state;
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    look(4 * ROLE_WATCH_PINGS, NULL);
    assert_int_equal(console->restarts, 0);
    assert_int_equal(net_exits, 0);
}

/* It was late, which is no reason to end it now. */
static void trust_role_that_goes_on_again_is_left_alone(void **state)
{
    (void)state;
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    hang(&console->uart);
    look(ROLE_WATCH_PINGS, &console->uart);
    assert_int_equal(kill(console->uart.pid, SIGCONT), 0);
    wait_for_answer(&console->uart);
    look(ROLE_WATCH_PINGS, NULL);
    assert_int_equal(console->restarts, 0);
}

static void trust_role_that_starts_is_given_more_time(void **state)
{
    pid_t before = console->uart.pid;

    (void)state;
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    fixture_uart_dies(console);
    wait_for_successor(before);
    before = console->uart.pid;
    hang(&console->uart);
    look(ROLE_WATCH_PINGS_STARTING, &console->uart);
    assert_false(is_killed(&console->uart));
    look(1, &console->uart);
    wait_for_successor(before);
    assert_int_equal(console->restarts, 2);
}

/* gdb has stopped it. */
static void trust_role_in_a_debugger_is_left_alone(void **state)
{
    pid_t pid = console->uart.pid;
    int status;

    (void)state;
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    assert_int_equal(ptrace(PTRACE_SEIZE, pid, NULL, NULL), 0);
    assert_int_equal(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSTOPPED(status));
    look(4 * ROLE_WATCH_PINGS, &console->uart);
    assert_int_equal(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
    wait_for_answer(&console->uart);
    assert_int_equal(console->restarts, 0);
}

/* B8.  Nobody reaps it here: it is as good as in state D. */
static void trust_role_that_hangs_in_the_kernel_is_named(void **state)
{
    char process[32];
    unsigned int i;

    (void)state;
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    snprintf(process, sizeof(process), "process %d", (int)console->uart.pid);
    hang(&console->uart);
    for (i = 0; i < 2 * ROLE_WATCH_PINGS; i++)
        ev_invoke(watch.loop, &watch.look, EV_TIMER);
    assert_null(strstr(log_last_error(), process));
    ev_invoke(watch.loop, &watch.look, EV_TIMER);
    assert_non_null(strstr(log_last_error(), process));
    assert_non_null(strstr(log_last_error(), "g1/com1"));
}

#define watch_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    watch_test(trust_uart_role_that_hangs_is_replaced),
    watch_test(trust_net_role_that_hangs_is_killed),
    watch_test(trust_roles_that_answer_are_left_alone),
    watch_test(trust_role_that_goes_on_again_is_left_alone),
    watch_test(trust_role_that_starts_is_given_more_time),
    watch_test(trust_role_in_a_debugger_is_left_alone),
    watch_test(trust_role_that_hangs_in_the_kernel_is_named),
};

int main(int argc, char **argv)
{
    if (console_fixture_is_role(argc, argv))
        return 0;
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
