/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.c - another user, no capabilities and a seccomp filter for a role
 */
#define _GNU_SOURCE
#include "shared/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/log.h"

static const int common_syscalls[] = {
    SYS_read,          SYS_write,       SYS_close,         SYS_exit,
    SYS_exit_group,    SYS_recvmsg,     SYS_sendmsg,       SYS_poll,
    SYS_ppoll,         SYS_brk,         SYS_mmap,          SYS_munmap,
    SYS_clock_gettime, SYS_gettimeofday, SYS_rt_sigreturn, SYS_rt_sigprocmask,
    SYS_rt_sigaction,  SYS_restart_syscall, SYS_getpid,    SYS_gettid,
    SYS_tgkill,        SYS_futex,       SYS_getrandom,     SYS_madvise,
    SYS_fstat,         SYS_newfstatat,  SYS_lseek,         SYS_sched_yield,
};

/* Becomes the user, without capabilities. */
static int become(const char *user)
{
    struct passwd *entry;

    errno = 0;
    entry = getpwnam(user);
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

static int allow(scmp_filter_ctx filter, const int *syscalls, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, syscalls[i], 0);

        if (r < 0) {
            errno = -r;
            return log_errno("cannot allow system call %d", syscalls[i]);
        }
    }
    return 0;
}

static int filter_syscalls(const int *syscalls, size_t count)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc, r;

    if (!filter)
        return log_error("cannot make a seccomp filter: out of memory");
    rc = allow(filter, common_syscalls,
               sizeof(common_syscalls) / sizeof(common_syscalls[0]));
    if (rc)
        goto out;
    rc = allow(filter, syscalls, count);
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

int confine(const char *user, const int *syscalls, size_t syscall_count)
{
    int rc = become(user);

    if (rc)
        return rc;
    /* If it was set before, the change of user has cleared it. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0))
        return log_errno("cannot ask to end with the supervisor");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return log_errno("cannot set no_new_privs");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        return log_errno("cannot become undumpable");
    return filter_syscalls(syscalls, syscall_count);
}

int confine_writes(int fd, unsigned int offset, unsigned int bytes)
{
    const struct {
        int number;
        struct scmp_arg_cmp argument;
    } killed[] = {
        { SYS_write, SCMP_A0(SCMP_CMP_EQ, fd) },
        { SYS_writev, SCMP_A0(SCMP_CMP_EQ, fd) },
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
