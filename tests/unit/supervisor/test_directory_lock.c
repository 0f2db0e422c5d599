/* SPDX-License-Identifier: BSD-2-Clause */
/* test_directory_lock.c - who may have a directory, and who is waited for */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/directory_lock.h"
#include "supervisor/roles/role_process.h"

#include "unit/unit.h"

#define AT_ONCE 20     /* ms */
#define NEVER   100000 /* ms: the test would be stopped before */

static char directory[] = "/tmp/test_directory_lock.XXXXXX";
static pid_t supervisor, role;

/* ---- the predecessor ---- */

/* A role that does not hear SIGTERM. */
static void be_role(int lock, int ready)
{
    signal(SIGTERM, SIG_IGN);
    ready = fcntl(ready, F_DUPFD, 10);
    if (lock != ROLE_LOCK_FD && dup2(lock, ROLE_LOCK_FD) < 0)
        _exit(1);
    if (lock != ROLE_LOCK_FD)
        close(lock);
    if (write(ready, "r", 1) != 1)
        _exit(1);
    close(ready);
    pause();
    _exit(0);
}

static void be_supervisor(int ready, bool is_stopping)
{
    int lock = directory_lock_take(directory, AT_ONCE, AT_ONCE);
    pid_t pid;

    if (lock < 0)
        _exit(1);
    if (is_stopping)
        directory_lock_resign(lock);
    pid = fork();
    if (pid == 0)
        be_role(lock, ready);
    if (pid < 0 || write(ready, &pid, sizeof(pid)) != sizeof(pid))
        _exit(1);
    pause();
    _exit(0);
}

/* Another mediatord with one role. */
static void start_predecessor(bool is_stopping)
{
    int ready[2];
    char bytes[sizeof(pid_t) + 1];
    size_t have = 0;

    assert_int_equal(pipe(ready), 0);
    supervisor = fork();
    assert_true(supervisor >= 0);
    if (supervisor == 0) {
        close(ready[0]);
        be_supervisor(ready[1], is_stopping);
    }
    close(ready[1]);
    while (have < sizeof(bytes)) {
        ssize_t r = read(ready[0], bytes + have, sizeof(bytes) - have);

        assert_true(r > 0);
        have += r;
    }
    close(ready[0]);
    /* The role's one byte may have come before or behind its number. */
    memcpy(&role, bytes[0] == 'r' ? bytes + 1 : bytes, sizeof(role));
}

static void end_supervisor(void)
{
    kill(supervisor, SIGKILL);
    waitpid(supervisor, NULL, 0);
    supervisor = 0;
}

static int begin(void **state)
{
    (void)state;
    supervisor = role = 0;
    strcpy(strchr(directory, '.'), ".XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int finish(void **state)
{
    char command[64];

    (void)state;
    if (role > 0)
        kill(role, SIGKILL);
    if (supervisor > 0)
        end_supervisor();
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

/* ---- what is true ---- */

static void main_directory_has_one_mediatord(void **state)
{
    char text[32];

    (void)state;
    start_predecessor(false);
    assert_int_equal(directory_lock_take(directory, NEVER, NEVER), -1);
    snprintf(text, sizeof(text), "pid %d", (int)supervisor);
    assert_non_null(strstr(log_last_error(), "running already"));
    assert_non_null(strstr(log_last_error(), text));
}

/* B1. */
static void trust_mediatord_that_stops_is_waited_for(void **state)
{
    int lock;

    (void)state;
    start_predecessor(true);
    assert_int_equal(directory_lock_take(directory, NEVER, AT_ONCE), -1);
    assert_null(strstr(log_last_error(), "running already"));
    kill(role, SIGKILL);
    end_supervisor();
    lock = directory_lock_take(directory, NEVER, NEVER);
    assert_true(lock >= 0);
    close(lock);
}

/* B1.  The supervisor was killed, and a role of its does not end. */
static void trust_role_that_outlives_its_supervisor_is_killed(void **state)
{
    int lock;

    (void)state;
    start_predecessor(false);
    end_supervisor();
    lock = directory_lock_take(directory, AT_ONCE, NEVER);
    assert_true(lock >= 0);
    close(lock);
}

/* B1. */
static void trust_role_that_cannot_be_ended_is_named(void **state)
{
    char text[32];

    (void)state;
    start_predecessor(false);
    end_supervisor();
    assert_int_equal(directory_lock_take(directory, NEVER, AT_ONCE), -1);
    snprintf(text, sizeof(text), "process %d", (int)role);
    assert_non_null(strstr(log_last_error(), text));
}

/* B1.  The lock is given away although a process still has the file. */
static void trust_lock_can_be_given_away(void **state)
{
    int first, second;
    pid_t pid;

    (void)state;
    first = directory_lock_take(directory, AT_ONCE, AT_ONCE);
    assert_true(first >= 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        pause();
        _exit(0);
    }
    directory_lock_resign(first);
    directory_lock_abandon(first);
    close(first);
    second = directory_lock_take(directory, AT_ONCE, AT_ONCE);
    assert_true(second >= 0);
    close(second);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

#define lock_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    lock_test(main_directory_has_one_mediatord),
    lock_test(trust_mediatord_that_stops_is_waited_for),
    lock_test(trust_role_that_outlives_its_supervisor_is_killed),
    lock_test(trust_role_that_cannot_be_ended_is_named),
    lock_test(trust_lock_can_be_given_away),
};

UNIT_MAIN(tests)
