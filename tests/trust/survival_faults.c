/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * survival_faults.c - kills and stops a uart role, and takes from it what it
 * needs
 */
#define _GNU_SOURCE
#include "trust/survival_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "uart/fault_point.h"

#define SMALL_RUN       "size=2m,mode=0700" /* the files take half of it */
#define AT_POINT_MAX    60 /* times that a point is passed before */
#define SOON_NS         3000000
#define WHILE_NS        15000000 /* of being stopped */
#define POINT_WAIT_NS   (300 * INT64_C(1000000))
#define SPARE_DESCRIPTORS 24 /* it uses some 20 */
#define SPARE_ADDRESSES   (48u << 20)
#define SPARE_HEAP        (2u << 20)

const char *const survival_fault_names[SURVIVAL_FAULTS] = {
    [SURVIVAL_KILLED] = "killed",
    [SURVIVAL_KILLED_AT_POINT] = "killed at a fault point",
    [SURVIVAL_KILLED_AT_START] = "killed at its start",
    [SURVIVAL_STOPPED] = "stopped",
    [SURVIVAL_STOPPED_AT_POINT] = "stopped at a fault point",
    [SURVIVAL_NO_SPACE] = "no space",
    [SURVIVAL_NO_QUOTA] = "no quota",
    [SURVIVAL_NO_DESCRIPTORS] = "no descriptors",
    [SURVIVAL_NO_MEMORY] = "no memory",
    [SURVIVAL_NO_MAPPING] = "no mapping",
};

/* ---- a file system of little space ---- */

static void path_in_run(char path[4096], struct role_test *test,
                        const char *file)
{
    harness_path(&test->harness, path, file);
}

void survival_mount(struct survival *survival, struct role_test *test)
{
    char path[4096];

    path_in_run(path, test, "");
    /* What is mounted is seen by this process and its roles. */
    survival->has_small_run =
        geteuid() == 0 && !unshare(CLONE_NEWNS) &&
        !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
        !mount("run", path, "tmpfs", MS_NOSUID | MS_NODEV, SMALL_RUN);
    if (!survival->has_small_run) {
        print_message("no right to mount a small /run: it never is full\n");
        return;
    }
    assert_int_equal(harness_make_files_again(&test->harness,
                                              ROLE_TEST_HISTORY), 0);
}

void survival_unmount(struct survival *survival, struct role_test *test)
{
    char path[4096];

    path_in_run(path, test, "");
    if (survival->has_small_run)
        umount2(path, MNT_DETACH);
}

void survival_fill(struct role_test *test)
{
    static const char page[4096];
    struct statvfs room;
    char path[4096];
    int fd;

    path_in_run(path, test, "filler");
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fstatvfs(fd, &room), 0);
    posix_fallocate(fd, 0, (off_t)(room.f_bavail * room.f_bsize));
    lseek(fd, 0, SEEK_END);
    while (write(fd, page, sizeof(page)) > 0)
        ;
    assert_int_equal(errno, ENOSPC);
    close(fd);
}

void survival_empty(struct role_test *test)
{
    char path[4096];

    path_in_run(path, test, "filler");
    assert_int_equal(unlink(path), 0);
}

/* ---- time ---- */

static unsigned int dice(struct survival *survival, unsigned int sides)
{
    return (unsigned int)rand_r(&survival->test->seed) % sides;
}

static void pause_up_to(struct survival *survival, unsigned int max_ns)
{
    const struct timespec pause = { .tv_nsec = dice(survival, max_ns) };

    nanosleep(&pause, NULL);
}

/* Is there a role to be reaped? */
static bool has_ended(const struct survival *survival)
{
    siginfo_t end = { 0 };

    return !waitid(P_PID, survival->test->harness.pid, &end,
                   WEXITED | WNOHANG | WNOWAIT) && end.si_pid != 0;
}

/* Waits while the portion moves, until it has all come. */
static void wait_until_moved(struct survival *survival)
{
    const struct timespec pause = { .tv_nsec = 200000 };
    int64_t until_ns = role_test_now_ns() + POINT_WAIT_NS;

    while (!survival_check(survival) && !survival->problem &&
           !has_ended(survival) && role_test_now_ns() < until_ns)
        nanosleep(&pause, NULL);
}

/* ---- a role's death, and its successor ---- */

/* A role ends by a kill, or says why and exits; it never crashes. */
static void note_death(struct survival *survival)
{
    int status = survival->test->harness.status;

    survival->deaths++;
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        fail_msg("the role was ended by signal %d", WTERMSIG(status));
    if (WIFEXITED(status)) {
        survival->refusals++;
        assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
    }
}

static void kill_role(struct survival *survival)
{
    harness_kill(&survival->test->harness);
    note_death(survival);
}

/* Starts a role that perhaps cannot.  Whether it did. */
static bool try_to_start(struct survival *survival)
{
    if (!harness_start(&survival->test->harness))
        return true;
    note_death(survival);
    return false;
}

static void revive(struct survival *survival)
{
    if (!try_to_start(survival))
        fail_msg("a successor that lacks nothing does not start: %s",
                 survival->test->harness.failure);
}

/* ---- the faults ---- */

static void be_killed(struct survival *survival)
{
    survival_move_on(survival);
    pause_up_to(survival, SOON_NS);
    kill_role(survival);
    revive(survival);
}

/* The order stands before the portion moves.  True: it has been obeyed; else
 * the role does not come there so often, or never. */
static bool meets_point(struct survival *survival,
                        enum fake_fault_action action)
{
    struct fake_fault *fault = &survival->test->guest.xen->fault;
    const struct timespec pause = { .tv_nsec = 100000 };
    int64_t until_ns = role_test_now_ns() + POINT_WAIT_NS;

    fake_fault_set(action, dice(survival, FAULT_POINTS),
                   1 + dice(survival, AT_POINT_MAX));
    survival_move_on(survival);
    while (!atomic_load(&fault->fired) && !survival_check(survival) &&
           role_test_now_ns() < until_ns)
        nanosleep(&pause, NULL);
    return fake_fault_clear();
}

static void be_killed_at_point(struct survival *survival)
{
    if (meets_point(survival, FAKE_FAULT_KILL)) {
        harness_wait(&survival->test->harness);
        note_death(survival);
    } else {
        kill_role(survival);
    }
    revive(survival);
}

static void be_killed_at_start(struct survival *survival)
{
    int64_t begin_ns = role_test_now_ns(), start_ns;

    survival_move_on(survival);
    kill_role(survival);
    revive(survival);
    start_ns = role_test_now_ns() - begin_ns;
    kill_role(survival);
    assert_int_equal(harness_spawn(&survival->test->harness), 0);
    pause_up_to(survival, start_ns < 500000000 ? start_ns : 500000000);
    kill_role(survival);
    revive(survival);
}

static void stop_and_go_on(struct survival *survival)
{
    assert_int_equal(harness_wait_stopped(&survival->test->harness), 0);
    pause_up_to(survival, WHILE_NS);
    kill(survival->test->harness.pid, SIGCONT);
}

static void be_stopped(struct survival *survival)
{
    survival_move_on(survival);
    pause_up_to(survival, SOON_NS);
    kill(survival->test->harness.pid, SIGSTOP);
    stop_and_go_on(survival);
}

static void be_stopped_at_point(struct survival *survival)
{
    if (meets_point(survival, FAKE_FAULT_STOP))
        stop_and_go_on(survival);
    else /* it may be about to */
        kill(survival->test->harness.pid, SIGCONT);
}

static void have_no_space(struct survival *survival)
{
    if (survival->has_small_run)
        survival_fill(survival->test);
    be_killed(survival);
    wait_until_moved(survival);
    if (survival->has_small_run)
        survival_empty(survival->test);
}

static void have_no_quota(struct survival *survival)
{
    fake_over_quota_set(true);
    be_killed(survival);
    wait_until_moved(survival);
    fake_over_quota_set(false);
}

/* The successor is short of something at its start, more or less. */
static void start_short(struct survival *survival, int resource,
                        uint64_t left)
{
    bool is_up;

    fake_shortage_set(resource, left);
    survival_move_on(survival);
    pause_up_to(survival, SOON_NS);
    kill_role(survival);
    is_up = try_to_start(survival);
    fake_shortage_clear();
    if (!is_up)
        revive(survival);
}

static void have_no_descriptors(struct survival *survival)
{
    start_short(survival, RLIMIT_NOFILE, dice(survival, SPARE_DESCRIPTORS));
}

static void have_no_memory(struct survival *survival)
{
    if (dice(survival, 2) == 0)
        start_short(survival, RLIMIT_DATA, dice(survival, SPARE_HEAP));
    else
        start_short(survival, RLIMIT_AS, dice(survival, SPARE_ADDRESSES));
    /* If it came up, it may miss some later. */
    kill_role(survival);
    revive(survival);
}

/* It cannot map what the guest wants to send, and ends by that. */
static void have_no_mapping(struct survival *survival)
{
    fake_unmappable_set(true);
    survival_move_on(survival);
    pause_up_to(survival, SOON_NS);
    fake_unmappable_set(false);
    wait_until_moved(survival);
    if (!has_ended(survival))
        return;
    harness_wait(&survival->test->harness);
    note_death(survival);
    revive(survival);
}

static void (*const faults[SURVIVAL_FAULTS])(struct survival *survival) = {
    [SURVIVAL_KILLED] = be_killed,
    [SURVIVAL_KILLED_AT_POINT] = be_killed_at_point,
    [SURVIVAL_KILLED_AT_START] = be_killed_at_start,
    [SURVIVAL_STOPPED] = be_stopped,
    [SURVIVAL_STOPPED_AT_POINT] = be_stopped_at_point,
    [SURVIVAL_NO_SPACE] = have_no_space,
    [SURVIVAL_NO_QUOTA] = have_no_quota,
    [SURVIVAL_NO_DESCRIPTORS] = have_no_descriptors,
    [SURVIVAL_NO_MEMORY] = have_no_memory,
    [SURVIVAL_NO_MAPPING] = have_no_mapping,
};

void survival_cause(struct survival *survival, enum survival_fault fault)
{
    /* A sanitizer's own memory is beyond any limit. */
    if (SANITIZER_SLOWNESS > 1 && fault == SURVIVAL_NO_MEMORY)
        fault = SURVIVAL_KILLED;
    faults[fault](survival);
}
