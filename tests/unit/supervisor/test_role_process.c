/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_process.c - what the supervisor hears from a role, and when; a
 * role that says what it may not is killed
 */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include "shared/log.h"
#include "supervisor/roles/role_process.h"

#include "unit/unit.h"

#define PROGRAM "test_role_process"
#define MESSAGES 40 /* less than a link holds */
#define FLOOD    20000
#define A_TURN_MAX 16

static struct ev_loop *loop;
static struct role_process process;
static int lock_fd;
static unsigned int heard, heard_at_exit;
static bool has_exited;
static int exit_status;
static enum { YOUNG, OLD } age; /* the state that the rules below look up */

/* ---- the role: this same program ---- */

/* Says MESSAGES things, with descriptors that nobody wants, waits to be
 * continued if it is to, and exits. */
static int talk(bool may_wait)
{
    struct role_message message = { .type = ROLE_WARNING };
    int fds[] = { ROLE_LINK_FD, ROLE_LINK_FD };

    for (message.value = 0; message.value < MESSAGES; message.value++)
        if (role_link_send(ROLE_LINK_FD, &message, fds, 2))
            return 1;
    if (may_wait)
        raise(SIGSTOP);
    return 0;
}

/* Goes on saying what it may say. */
static int flood(void)
{
    struct role_message message = { .type = ROLE_WARNING };

    while (message.value < FLOOD)
        if (send(ROLE_LINK_FD, &message, sizeof(message), MSG_NOSIGNAL) > 0)
            message.value++;
        else
            sched_yield(); /* until some of it is heard */
    return 0;
}

/* Says that it is ready, which is allowed, then what `name` says, which may
 * not be, and waits to be killed. */
static int say(const char *name)
{
    struct role_message message = { .type = ROLE_READY };

    role_link_send(ROLE_LINK_FD, &message, NULL, 0);
    if (!strcmp(name, "nonsense")) {
        send(ROLE_LINK_FD, "?", 1, 0);
    } else {
        message.type = strtoul(name, NULL, 10);
        message.value = 1;
        role_link_send(ROLE_LINK_FD, &message, NULL, 0);
        role_link_send(ROLE_LINK_FD, &message, NULL, 0);
    }
    raise(SIGSTOP);
    pause();
    return 0;
}

static bool is_null(int fd)
{
    struct stat found;

    return !fstat(fd, &found) && S_ISCHR(found.st_mode) &&
           found.st_rdev == makedev(1, 3);
}

/* Whether nothing of the supervisor's terminal is here but the log. */
static int look_for_terminal(void)
{
    return open("/dev/tty", O_RDWR) < 0 && errno == ENXIO && is_null(0) &&
                   is_null(1) && getpgrp() == getpid()
               ? 0
               : 1;
}

/* Writes to a log whose reader is gone. */
static int write_log(void)
{
    int ends[2];

    if (pipe(ends) || dup2(ends[1], STDERR_FILENO) < 0)
        return 1;
    close(ends[0]);
    log_warning("nobody reads this");
    return 0;
}

/* ---- the supervisor ---- */

static void on_message(struct role_process *from,
                       const struct role_message *message)
{
    assert_ptr_equal(from, &process);
    assert_int_equal(message->value, heard);
    heard++;
}

static void on_exited(struct role_process *from, int wait_status)
{
    assert_ptr_equal(from, &process);
    exit_status = wait_status;
    has_exited = true;
    heard_at_exit = heard;
}

static unsigned int state_of(const struct role_process *from)
{
    assert_ptr_equal(from, &process);
    return age;
}

static const struct role_process_rule rules[] = {
    { ROLE_READY, 1u << YOUNG | 1u << OLD, on_message },
    { ROLE_WARNING, 1u << YOUNG, on_message },
};

static const char *const state_names[] = { "young", "old" };

static const struct role_process_kind kind = {
    .role = "test role",
    .rules = rules,
    .rule_count = sizeof(rules) / sizeof(rules[0]),
    .state = state_of,
    .state_names = state_names,
    .exited = on_exited,
};

static int begin(void **state)
{
    (void)state;
    loop = ev_default_loop(0);
    lock_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    heard = heard_at_exit = 0;
    has_exited = false;
    exit_status = 0;
    age = YOUNG;
    role_process_init(&process, loop, &kind, "nobody", NULL);
    return !loop || lock_fd < 0;
}

static int finish(void **state)
{
    (void)state;
    if (role_process_is_running(&process))
        kill(process.pid, SIGKILL);
    return close(lock_fd);
}

/* Starts a role and waits until it has said all, before any of it is heard. */
static void start_role(const char *name, int until)
{
    const char *arguments[] = { PROGRAM, name, NULL };
    int program = role_process_open_program(PROGRAM);
    siginfo_t info;

    assert_true(program >= 0);
    assert_int_equal(role_process_start(&process, program, lock_fd,
                                        arguments), 0);
    close(program);
    assert_int_equal(waitid(P_PID, process.pid, &info, until | WNOWAIT), 0);
}

static void wait_for_death(void)
{
    while (!has_exited)
        ev_run(loop, EVRUN_ONCE);
    assert_false(role_process_is_running(&process));
}

static void wait_for_exit(void)
{
    wait_for_death();
    assert_int_equal(exit_status, 0);
}

/* The role has said READY, which was heard, and something that was not. */
static void assert_killed(void)
{
    wait_for_death();
    assert_true(WIFSIGNALED(exit_status));
    assert_int_equal(WTERMSIG(exit_status), SIGKILL);
    assert_int_equal(heard, 1);
}

/* ---- what is true ---- */

static void main_role_that_talks_without_end_holds_nobody_up(void **state)
{
    unsigned int before;

    (void)state;
    start_role("--role=waiter", WSTOPPED);
    do {
        before = heard;
        ev_run(loop, EVRUN_ONCE);
        assert_true(heard - before <= A_TURN_MAX);
    } while (heard < MESSAGES);
    kill(process.pid, SIGCONT);
    wait_for_exit();
    assert_int_equal(heard, MESSAGES);
}

static void main_role_is_heard_to_the_end_before_its_exit(void **state)
{
    (void)state;
    start_role("--role=talker", WEXITED);
    wait_for_exit();
    assert_int_equal(heard_at_exit, MESSAGES);
}

/* Each of these is a line in the log. */
static void trust_role_that_says_too_much_is_killed(void **state)
{
    const char *arguments[] = { PROGRAM, "--role=flooder", NULL };
    int program = role_process_open_program(PROGRAM);

    (void)state;
    assert_true(program >= 0);
    assert_int_equal(role_process_start(&process, program, lock_fd,
                                        arguments), 0);
    close(program);
    wait_for_death();
    assert_true(WIFSIGNALED(exit_status));
    assert_int_equal(WTERMSIG(exit_status), SIGKILL);
    assert_in_range(heard, MESSAGES, 2000);
}

static void main_role_cannot_fill_the_supervisors_descriptors(void **state)
{
    unsigned int before;

    (void)state;
    start_role("--role=waiter", WSTOPPED);
    before = unit_open_descriptors();
    while (heard < MESSAGES)
        ev_run(loop, EVRUN_ONCE);
    assert_int_equal(unit_open_descriptors(), before);
    kill(process.pid, SIGCONT);
    wait_for_exit();
}

static void main_role_that_says_what_no_rule_allows_is_killed(void **state)
{
    char name[32];

    (void)state;
    /* This is a message that only the supervisor sends. */
    snprintf(name, sizeof(name), "--role=say%u", ROLE_ADD_CONSOLE);
    start_role(name, WSTOPPED);
    assert_killed();
}

static void main_role_that_says_what_there_is_not_is_killed(void **state)
{
    (void)state;
    start_role("--role=say4294967295", WSTOPPED);
    assert_killed();
}

static void main_role_that_says_something_at_a_wrong_time_is_killed(
    void **state)
{
    char name[32];

    (void)state;
    age = OLD;
    snprintf(name, sizeof(name), "--role=say%u", ROLE_WARNING);
    start_role(name, WSTOPPED);
    assert_killed();
}

static void main_role_that_sends_no_message_is_killed(void **state)
{
    (void)state;
    start_role("--role=saynonsense", WSTOPPED);
    assert_killed();
}

/* B5. */
static void trust_role_outlives_the_reader_of_its_log(void **state)
{
    (void)state;
    start_role("--role=logger", WEXITED);
    wait_for_exit();
}

/* The successor of a role that was killed is heard as any other. */
static void main_role_that_was_killed_can_be_started_again(void **state)
{
    (void)state;
    start_role("--role=saynonsense", WSTOPPED);
    assert_killed();
    has_exited = false;
    heard = 0;
    start_role("--role=talker", WEXITED);
    wait_for_exit();
    assert_int_equal(heard_at_exit, MESSAGES);
}

/* A supervisor with a terminal of its own; returns how its role ended. */
static int supervise_at_terminal(void)
{
    const char *arguments[] = { PROGRAM, "--role=terminal", NULL };
    int program, terminal, other;

    if (openpty(&other, &terminal, NULL, NULL, NULL) || login_tty(terminal))
        return 2;
    ev_loop_fork(loop);
    program = role_process_open_program(PROGRAM);
    if (program < 0 || role_process_start(&process, program, lock_fd,
                                          arguments))
        return 3;
    while (!has_exited)
        ev_run(loop, EVRUN_ONCE);
    return WIFEXITED(exit_status) ? WEXITSTATUS(exit_status) : 4;
}

/* A4. */
static void trust_role_has_nothing_of_the_supervisors_terminal(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(supervise_at_terminal());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define process_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    process_test(main_role_that_talks_without_end_holds_nobody_up),
    process_test(main_role_is_heard_to_the_end_before_its_exit),
    process_test(trust_role_that_says_too_much_is_killed),
    process_test(main_role_cannot_fill_the_supervisors_descriptors),
    process_test(main_role_that_says_what_no_rule_allows_is_killed),
    process_test(main_role_that_says_what_there_is_not_is_killed),
    process_test(main_role_that_says_something_at_a_wrong_time_is_killed),
    process_test(main_role_that_sends_no_message_is_killed),
    process_test(trust_role_outlives_the_reader_of_its_log),
    process_test(main_role_that_was_killed_can_be_started_again),
    process_test(trust_role_has_nothing_of_the_supervisors_terminal),
};

int main(int argc, char **argv)
{
    if (argc == 2 && !strncmp(argv[1], "--role=say", strlen("--role=say")))
        return say(argv[1] + strlen("--role=say"));
    if (argc == 2 && !strcmp(argv[1], "--role=flooder"))
        return flood();
    if (argc == 2 && !strcmp(argv[1], "--role=terminal"))
        return look_for_terminal();
    if (argc == 2 && !strcmp(argv[1], "--role=logger"))
        return write_log();
    if (argc == 2 && !strncmp(argv[1], "--role=", strlen("--role=")))
        return talk(!strcmp(argv[1], "--role=waiter"));
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
