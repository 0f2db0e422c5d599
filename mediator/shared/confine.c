/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.c - another user, no capabilities and a seccomp filter for a role
 */
#define _GNU_SOURCE
#include "shared/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/log.h"

static const int common_syscalls[] = {
    SYS_read,          SYS_write,       SYS_close,         SYS_exit,
    SYS_exit_group,    SYS_recvmsg,     SYS_sendmsg,       SYS_poll,
    SYS_ppoll,         SYS_brk,         SYS_munmap,        SYS_sched_yield,
    SYS_clock_gettime, SYS_gettimeofday, SYS_rt_sigreturn, SYS_rt_sigprocmask,
    SYS_rt_sigaction,  SYS_restart_syscall, SYS_getpid,    SYS_gettid,
    SYS_futex,         SYS_getrandom,   SYS_fstat,         SYS_newfstatat,
};

/* The kernel takes a descriptor, a process, a request or a set of flags as 32
 * bits, whatever the upper half of the register holds; seccomp(2) sees all 64.
 * So the lower half alone is compared. */
#define HALF_IS(argument, value) \
    SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint32_t)(value))
#define FLAGS_ARE(argument, mask, value) \
    SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, (mask), (value))
#define MAP_KINDS 0xf /* MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE */

/* mediatord.service has -900, below which the kernel looks for other victims
 * first.  A role starts again and goes on, and a role that has fallen must not
 * take the supervisor along; but it is nothing to be ended for a large history
 * either, which is not freed by that. */
#define OOM_SCORE (-500)

/* To be called as root.  It goes on where there is no /proc. */
static void go_before_supervisor(void)
{
    int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    char text[16] = "";

    if (fd < 0)
        return;
    if (read(fd, text, sizeof(text) - 1) > 0 && atoi(text) < OOM_SCORE &&
        dprintf(fd, "%d", OOM_SCORE) < 0)
        log_warning("cannot set oom_score_adj (%s)", strerror(errno));
    close(fd);
}

/* Becomes the user, without capabilities. */
static int become(const char *user)
{
    struct passwd *entry;

    errno = 0;
    entry = getpwnam(user);
    if (!entry && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
        return log_errno("cannot look up user %s", user);
    if (!entry)
        return log_error("there is no user %s; make it with: useradd --system "
                         "--no-create-home --shell /usr/sbin/nologin %s",
                         user, user);
    if (entry->pw_uid == 0)
        return log_error("user %s is root; a role must not keep root's rights",
                         user);
    capng_clear(CAPNG_SELECT_BOTH);
    if (entry->pw_uid == geteuid()) {
        /* The process was not started as root, so there are no capabilities to
         * drop either. */
        return 0;
    }
    if (capng_change_id(entry->pw_uid, entry->pw_gid,
                        CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING) < 0)
        return log_error("cannot become user %s without capabilities; was "
                         "mediatord started as root?", user);
    return 0;
}

/* tmpfs is memory: a role writes to pipes, sockets and devices, and its files
 * are mapped.  Where the log is a regular file, it must grow. */
static rlim_t file_bytes_max(void)
{
    struct stat log;

    return !fstat(STDERR_FILENO, &log) && S_ISREG(log.st_mode) ? RLIM_INFINITY
                                                               : 0;
}

static int set_limits(const struct confine_rights *rights)
{
    const struct {
        int resource;
        rlim_t max;
    } limits[] = {
        { RLIMIT_FSIZE, file_bytes_max() },
        { RLIMIT_DATA, rights->memory_bytes },
        { RLIMIT_NOFILE, rights->descriptors },
        { RLIMIT_NPROC, 0 },
        { RLIMIT_CORE, 0 },
    };
    size_t i;

    for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        const struct rlimit limit = { limits[i].max, limits[i].max };

        if (limits[i].max != RLIM_INFINITY &&
            setrlimit(limits[i].resource, &limit))
            return log_errno("cannot set limit %d to %llu",
                             limits[i].resource,
                             (unsigned long long)limits[i].max);
    }
    return 0;
}

/* Allows a system call if all of the conditions hold. */
static int allow_if(scmp_filter_ctx filter, int number, unsigned int count,
                    const struct scmp_arg_cmp *conditions)
{
    int r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, count,
                                   conditions);

    if (r < 0) {
        errno = -r;
        return log_errno("cannot allow system call %d", number);
    }
    return 0;
}

static int allow(scmp_filter_ctx filter, const int *syscalls, size_t count)
{
    int rc = 0;
    size_t i;

    for (i = 0; !rc && i < count; i++)
        rc = allow_if(filter, syscalls[i], 0, NULL);
    return rc;
}

static int allow_requests(scmp_filter_ctx filter, const uint32_t *requests,
                          size_t count)
{
    int rc = 0;
    size_t i;

    for (i = 0; !rc && i < count; i++) {
        struct scmp_arg_cmp is_request = HALF_IS(1, requests[i]);

        rc = allow_if(filter, SYS_ioctl, 1, &is_request);
    }
    return rc;
}

/* abort() and the like; all processes of a role are one user, so that any
 * other form would reach them. */
static int allow_signals_to_itself(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp is_self = HALF_IS(0, getpid());

    return allow_if(filter, SYS_tgkill, 1, &is_self);
}

/* Memory of its own, and files: not shared memory of no file, which no limit
 * of the process counts, and nothing that can be executed. */
static int allow_mappings(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp file[] = {
        FLAGS_ARE(2, PROT_EXEC, 0),
        FLAGS_ARE(3, MAP_ANONYMOUS, 0),
    };
    const struct scmp_arg_cmp memory[] = {
        FLAGS_ARE(2, PROT_EXEC, 0),
        FLAGS_ARE(3, MAP_ANONYMOUS | MAP_KINDS, MAP_ANONYMOUS | MAP_PRIVATE),
    };
    int rc = allow_if(filter, SYS_mmap, 2, file);

    return rc ? rc : allow_if(filter, SYS_mmap, 2, memory);
}

/* What malloc() does with memory that it has no use for.  MADV_REMOVE would
 * take pages out of a file: where the file system is full, the next role that
 * reads them there is ended by SIGBUS. */
static int allow_giving_back(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp is_giving_back = HALF_IS(2, MADV_DONTNEED);

    return allow_if(filter, SYS_madvise, 1, &is_giving_back);
}

static int filter_syscalls(const struct confine_rights *rights)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc, r;

    if (!filter)
        return log_error("cannot make a seccomp filter: out of memory");
    rc = allow(filter, common_syscalls,
               sizeof(common_syscalls) / sizeof(common_syscalls[0]));
    if (!rc)
        rc = allow(filter, rights->syscalls, rights->syscall_count);
    if (!rc)
        rc = allow_requests(filter, rights->requests, rights->request_count);
    if (!rc)
        rc = allow_signals_to_itself(filter);
    if (!rc)
        rc = allow_mappings(filter);
    if (!rc)
        rc = allow_giving_back(filter);
    if (rc)
        goto out;
    r = seccomp_load(filter);
    if (r < 0) {
        errno = -r;
        rc = log_errno("cannot load the seccomp filter");
    }
out:
    seccomp_release(filter);
    return rc;
}

int confine(const struct confine_rights *rights)
{
    int rc;

    go_before_supervisor();
    rc = become(rights->user);
    if (rc)
        return rc;
    /* If it was set before, the change of user has cleared it. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0))
        return log_errno("cannot ask to end with the supervisor");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return log_errno("cannot set no_new_privs");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        return log_errno("cannot become undumpable");
    rc = set_limits(rights);
    return rc ? rc : filter_syscalls(rights);
}

int confine_writes(int fd, unsigned int offset, unsigned int bytes)
{
    const struct {
        int number;
        struct scmp_arg_cmp argument;
    } killed[] = {
        { SYS_write, HALF_IS(0, fd) },
        { SYS_writev, HALF_IS(0, fd) },
        { SYS_pwrite64, SCMP_A0(SCMP_CMP_NE, fd) },
        { SYS_pwrite64, SCMP_A2(SCMP_CMP_NE, bytes) },
        { SYS_pwrite64, SCMP_A3(SCMP_CMP_NE, offset) },
    };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    size_t i;
    int r = 0;

    if (!filter)
        return log_error("cannot make a seccomp filter: out of memory");
    for (i = 0; !r && i < sizeof(killed) / sizeof(killed[0]); i++)
        r = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS,
                                   killed[i].number, 1, &killed[i].argument);
    if (!r)
        r = seccomp_load(filter);
    seccomp_release(filter);
    if (r < 0) {
        errno = -r;
        return log_errno("cannot load a seccomp filter");
    }
    return 0;
}
