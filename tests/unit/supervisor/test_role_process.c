/* SPDX-License-Identifier: BSD-2-Clause */
/* test_role_process.c - what the supervisor hears from a role, and when */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/roles/role_process.h"

#include "unit/unit.h"

#define PROGRAM "test_role_process"
#define MESSAGES 40 /* less than a link holds */
#define A_TURN_MAX 16

static struct ev_loop *loop;
static struct role_process process;
static int lock_fd;
static unsigned int heard, heard_at_exit;
static bool has_exited;

/* ---- the role: this same program ---- */

/* Says all, with descriptors that nobody wants, waits if told to, and exits. */
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
    assert_int_equal(wait_status, 0);
    has_exited = true;
    heard_at_exit = heard;
}

static const struct role_process_events events = {
    .message = on_message,
    .exited = on_exited,
};

static int begin(void **state)
{
    (void)state;
    loop = ev_default_loop(0);
    lock_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    heard = heard_at_exit = 0;
    has_exited = false;
    role_process_init(&process, loop, &events, NULL);
    return !loop || lock_fd < 0;
}

static int finish(void **state)
{
    (void)state;
    if (role_process_is_running(&process))
        kill(process.pid, SIGKILL);
    return close(lock_fd);
}

/* Starts a role and waits, deaf, until it has said all. */
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

static void wait_for_exit(void)
{
    while (!has_exited)
        ev_run(loop, EVRUN_ONCE);
}

static unsigned int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned int count = 0;

    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
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

static void main_role_cannot_fill_the_supervisors_descriptors(void **state)
{
    unsigned int before;

    (void)state;
    start_role("--role=waiter", WSTOPPED);
    before = open_descriptors();
    while (heard < MESSAGES)
        ev_run(loop, EVRUN_ONCE);
    assert_int_equal(open_descriptors(), before);
    kill(process.pid, SIGCONT);
    wait_for_exit();
}

#define process_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    process_test(main_role_that_talks_without_end_holds_nobody_up),
    process_test(main_role_is_heard_to_the_end_before_its_exit),
    process_test(main_role_cannot_fill_the_supervisors_descriptors),
};

int main(int argc, char **argv)
{
    if (argc == 2 && !strncmp(argv[1], "--role=", strlen("--role=")))
        return talk(!strcmp(argv[1], "--role=waiter"));
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
