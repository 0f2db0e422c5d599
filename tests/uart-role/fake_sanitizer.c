/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_sanitizer.c - gives a sanitizer what it needs in a confined role
 *
 * It is part of a test's role program, and empty unless that is built with
 * -fsanitize=address.  LeakSanitizer looks through the process from a clone of
 * it by ptrace, and reports need names of files: so the system calls that this
 * takes are added to the filter, the process stays dumpable, and its memory is
 * not limited.  confine.c itself is the same object as in mediatord-uart.
 */
#ifdef __SANITIZE_ADDRESS__

#define _GNU_SOURCE
#include <dlfcn.h>
#include <seccomp.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int sanitizer_syscalls[] = {
    SYS_clone,         SYS_ptrace,      SYS_wait4,        SYS_prctl,
    SYS_sigaltstack,   SYS_getrusage,   SYS_readlink,     SYS_openat,
    SYS_open,          SYS_stat,        SYS_lstat,        SYS_getdents64,
    SYS_mprotect,      SYS_mremap,      SYS_dup,          SYS_pipe,
    SYS_getppid,       SYS_sched_getaffinity, SYS_kill,   SYS_getuid,
    SYS_set_robust_list, SYS_process_vm_readv, SYS_pread64, SYS_ioctl,
    SYS_access,        SYS_getcwd,      SYS_prlimit64,    SYS_uname,
    SYS_getdents,      SYS_readlinkat,  SYS_pipe2,        SYS_dup2,
    SYS_execve,        SYS_fork,        SYS_vfork,        SYS_clone3,
    SYS_fcntl,         SYS_socketpair,  SYS_getrlimit,    SYS_clock_nanosleep,
    SYS_nanosleep,     SYS_arch_prctl,  SYS_getgid,       SYS_geteuid,
    SYS_getegid,       SYS_statx,       SYS_sysinfo,      SYS_writev,
    SYS_lseek,         SYS_madvise,
};

/* Replaces libseccomp's own, which it calls. */
int seccomp_load(const scmp_filter_ctx filter)
{
    int (*load)(const scmp_filter_ctx) = dlsym(RTLD_NEXT, "seccomp_load");
    unsigned int i;

    for (i = 0; i < sizeof(sanitizer_syscalls) / sizeof(int); i++)
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, sanitizer_syscalls[i], 0);
    return load(filter);
}

/* Replaces libc's own: a sanitizer's memory is beyond any limit. */
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    return resource == RLIMIT_DATA || resource == RLIMIT_NPROC
               ? 0
               : (int)syscall(SYS_setrlimit, resource, limit);
}

/* Replaces libc's own. */
int prctl(int option, ...)
{
    unsigned long values[4];
    va_list arguments;
    unsigned int i;

    va_start(arguments, option);
    for (i = 0; i < 4; i++)
        values[i] = va_arg(arguments, unsigned long);
    va_end(arguments);
    if (option == PR_SET_DUMPABLE)
        values[0] = 1;
    return syscall(SYS_prctl, option, values[0], values[1], values[2],
                   values[3]);
}

#else

/* ISO C does not permit a file without a declaration. */
typedef int fake_sanitizer_is_not_needed;

#endif
