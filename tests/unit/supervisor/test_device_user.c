/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_device_user.c - who has a device open is found, and not looked for
 * without end
 *
 * The users are children of the test.  Others in this machine may have many
 * descriptors, too, so that "nobody" is not told from "unknown" here.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor/host/device_user.h"

#include "unit/unit.h"

#define PATIENCE_MS 60000u

static int master;
static char device[64];
static char text[128];

static int begin(void **state)
{
    (void)state;
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    return master < 0 || grantpt(master) || unlockpt(master) ||
           ptsname_r(master, device, sizeof(device));
}

static int finish(void **state)
{
    (void)state;
    return close(master);
}

/* ---- the tests' words ---- */

/* Returns when the child has opened as many descriptors of something else, and
 * then the device. */
static pid_t start_user(unsigned int others)
{
    int ends[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (others-- > 0)
            if (dup(ends[0]) < 0)
                _exit(1);
        if (open(device, O_RDWR | O_NOCTTY) < 0 || write(ends[1], "", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    return pid;
}

static void end_user(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static enum device_user find(unsigned int patience_ms)
{
    return device_user_find(device, patience_ms, text, sizeof(text));
}

static void assert_found(pid_t pid)
{
    char wanted[32];

    assert_int_equal(find(PATIENCE_MS), DEVICE_USER_FOUND);
    snprintf(wanted, sizeof(wanted), " (pid %d)", (int)pid);
    assert_non_null(strstr(text, wanted));
}

/* ---- what is true ---- */

static void main_user_of_a_device_is_named(void **state)
{
    pid_t user;

    (void)state;
    assert_int_not_equal(find(PATIENCE_MS), DEVICE_USER_FOUND);
    user = start_user(0);
    assert_found(user);
    end_user(user);
    assert_int_not_equal(find(PATIENCE_MS), DEVICE_USER_FOUND);
}

/* B9. */
static void trust_process_with_many_descriptors_is_not_looked_through(
    void **state)
{
    pid_t user = start_user(DEVICE_USER_DESCRIPTORS);

    (void)state;
    assert_int_equal(find(PATIENCE_MS), DEVICE_USER_UNKNOWN);
    assert_non_null(strstr(text, "descriptors"));
    end_user(user);
}

/* B9.  Nor does it hide another one, which comes behind it in /proc. */
static void trust_process_with_many_descriptors_hides_nobody(void **state)
{
    pid_t many = start_user(DEVICE_USER_DESCRIPTORS), user = start_user(0);

    (void)state;
    assert_found(user);
    end_user(user);
    end_user(many);
}

/* B9. */
static void trust_walk_over_descriptors_ends_in_time(void **state)
{
    pid_t user = start_user(0);

    (void)state;
    assert_int_equal(find(0), DEVICE_USER_UNKNOWN);
    assert_non_null(strstr(text, "0 ms"));
    end_user(user);
}

#define user_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    user_test(main_user_of_a_device_is_named),
    user_test(trust_process_with_many_descriptors_is_not_looked_through),
    user_test(trust_process_with_many_descriptors_hides_nobody),
    user_test(trust_walk_over_descriptors_ends_in_time),
};

UNIT_MAIN(tests)
