/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_trust_confine.c - what a role that has fallen can ask of Linux, and
 * what it is killed for
 *
 * Lines of SECURITY.md's "system calls" are compared with what the filters do.
 */
#define _GNU_SOURCE
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/privcmd.h>

#include "trust/hostile_role.h"
#include "unit/unit.h"

#define SYSCALLS 512 /* of Linux, and some to come */
#define HIGH (1ull << 32) /* what the kernel does not look at */
#define X32 0x40000000

/* Linux's own uprobes make these two, which pass every filter; who else makes
 * one is ended by SIGILL, or told that there is none. */
#define URETPROBE 335
#define UPROBE    336

static const char *const end_names[] = {
    [HOSTILE_KILLED] = "killed",
    [HOSTILE_REFUSED] = "refused",
    [HOSTILE_DONE] = "done",
    [HOSTILE_BROKEN] = "broken",
};

struct row {
    const char *what;
    enum hostile_end end;
    struct hostile_call call;
};

static void check_rows(enum hostile_kind kind, const struct row *rows,
                       size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        long value = 0;
        enum hostile_end end = hostile_role_call(kind, &rows[i].call, &value);

        if (end != rows[i].end)
            fail_msg("%s, %s: %s (%ld), not %s", hostile_names[kind],
                     rows[i].what, end_names[end], value,
                     end_names[rows[i].end]);
    }
}

static void check_all_kinds(const struct row *rows, size_t count)
{
    enum hostile_kind kind;

    for (kind = 0; kind < HOSTILE_KINDS; kind++)
        check_rows(kind, rows, count);
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A1. */
static void trust_card_is_configured_in_its_command_register_only(void **state)
{
    static uint16_t command;
    uint64_t fd = HOSTILE_CONFIG_FD, at = (uintptr_t)&command;
    const struct row rows[] = {
        { "command, of a pipe", HOSTILE_REFUSED,
          { SYS_pwrite64, { fd, at, 2, PCI_COMMAND } } },
        { "write", HOSTILE_KILLED, { SYS_write, { fd, at, 2 } } },
        { "write, high half", HOSTILE_KILLED,
          { SYS_write, { fd | HIGH, at, 2 } } },
        { "write, negative half", HOSTILE_KILLED,
          { SYS_write, { fd | ~0ull << 32, at, 2 } } },
        { "writev, high half", HOSTILE_KILLED,
          { SYS_writev, { fd | HIGH, at, 0 } } },
        { "pwrite, high half", HOSTILE_KILLED,
          { SYS_pwrite64, { fd | HIGH, at, 2, PCI_COMMAND } } },
        { "pwrite elsewhere", HOSTILE_KILLED,
          { SYS_pwrite64, { fd, at, 2, PCI_BASE_ADDRESS_0 } } },
        { "pwrite of more", HOSTILE_KILLED,
          { SYS_pwrite64, { fd, at, 4, PCI_COMMAND } } },
        { "pwrite of another file", HOSTILE_KILLED,
          { SYS_pwrite64, { HOSTILE_FILE_FD, at, 2, PCI_COMMAND } } },
        { "seek", HOSTILE_KILLED, { SYS_lseek, { fd, 10, 0 } } },
        { "a token", HOSTILE_DONE,
          { SYS_write, { HOSTILE_PIPE_FD, at, 1 } } },
    };

    (void)state;
    check_rows(HOSTILE_NET_PCI, rows, COUNT(rows));
}

static long signal_itself(const void *argument)
{
    (void)argument;
    return syscall(SYS_tgkill, getpid(), gettid(), 0) ? -errno : 0;
}

/* A3. */
static void trust_role_sends_signals_to_itself_only(void **state)
{
    uint64_t other = getpid();
    const struct row rows[] = {
        { "of another process", HOSTILE_KILLED,
          { SYS_tgkill, { other, other, 0 } } },
        { "the same, high half", HOSTILE_KILLED,
          { SYS_tgkill, { other | HIGH, other, 0 } } },
        { "of no process", HOSTILE_KILLED,
          { SYS_tgkill, { UINT64_MAX, other, 0 } } },
        { "kill", HOSTILE_KILLED, { SYS_kill, { other, 0 } } },
        { "tkill", HOSTILE_KILLED, { SYS_tkill, { other, 0 } } },
    };
    enum hostile_kind kind;

    (void)state;
    check_all_kinds(rows, COUNT(rows));
    for (kind = 0; kind < HOSTILE_KINDS; kind++)
        assert_int_equal(hostile_role_run(kind, signal_itself, NULL, NULL),
                         HOSTILE_DONE);
}

static void check_requests(const unsigned int *requests, size_t count,
                           unsigned int kinds)
{
    enum hostile_kind kind;
    size_t i;

    for (kind = 0; kind < HOSTILE_KINDS; kind++)
        for (i = 0; i < count; i++) {
            enum hostile_end end = kinds & 1u << kind ? HOSTILE_REFUSED
                                                      : HOSTILE_KILLED;
            const struct row rows[] = {
                { "request", end, { SYS_ioctl, { 99, requests[i] } } },
                { "request, high half", end,
                  { SYS_ioctl, { 99, requests[i] | HIGH } } },
            };

            check_rows(kind, rows, COUNT(rows));
        }
}

/* A4. */
static void trust_role_asks_of_devices_what_it_needs_only(void **state)
{
    static const unsigned int xen[] = {
        IOCTL_PRIVCMD_DM_OP, IOCTL_PRIVCMD_MMAPBATCH_V2,
        IOCTL_PRIVCMD_MMAPBATCH, IOCTL_EVTCHN_NOTIFY,
    };
    static const unsigned int tty[] = {
        TCGETS2, TCSETS2, TIOCMGET, TIOCMBIS, TIOCMBIC, TIOCSBRK, TIOCCBRK,
        TIOCOUTQ, TCFLSH, TIOCNXCL,
    };
    static const unsigned int never[] = {
        TIOCSTI, TIOCSCTTY, TIOCLINUX, TIOCCONS, TIOCSETD, TIOCSSERIAL,
        IOCTL_PRIVCMD_HYPERCALL, IOCTL_EVTCHN_BIND_VIRQ, 0,
    };

    (void)state;
    check_requests(xen, COUNT(xen), 1 << HOSTILE_UART | 1 << HOSTILE_UART_WIRE);
    check_requests(tty, COUNT(tty), 1 << HOSTILE_UART_WIRE);
    check_requests(never, COUNT(never), 0);
}

/* A hole in a ring: who reads it ends by SIGBUS where /run is full. */
static void trust_role_makes_no_hole_in_a_file(void **state)
{
    const uint64_t bytes = 4096;
    uint64_t at = (uintptr_t)mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const struct row rows[] = {
        { "remove", HOSTILE_KILLED, { SYS_madvise, { at, bytes,
                                                     MADV_REMOVE } } },
        { "remove, high half", HOSTILE_KILLED,
          { SYS_madvise, { at, bytes, MADV_REMOVE | HIGH } } },
        { "page out", HOSTILE_KILLED,
          { SYS_madvise, { at, bytes, MADV_PAGEOUT } } },
        { "give back", HOSTILE_DONE,
          { SYS_madvise, { at, bytes, MADV_DONTNEED } } },
    };

    (void)state;
    check_all_kinds(rows, COUNT(rows));
    munmap((void *)(uintptr_t)at, bytes);
}

/* What could run code, or hide memory from the limits. */
static void trust_role_maps_nothing_that_runs(void **state)
{
    const uint64_t bytes = 4096, anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    const struct row rows[] = {
        { "memory", HOSTILE_DONE,
          { SYS_mmap, { 0, bytes, PROT_READ | PROT_WRITE, anonymous, -1 } } },
        { "a file", HOSTILE_DONE,
          { SYS_mmap, { 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                        HOSTILE_FILE_FD } } },
        { "code", HOSTILE_KILLED,
          { SYS_mmap, { 0, bytes, PROT_READ | PROT_EXEC, anonymous, -1 } } },
        { "code of a file", HOSTILE_KILLED,
          { SYS_mmap, { 0, bytes, PROT_EXEC, MAP_PRIVATE,
                        HOSTILE_FILE_FD } } },
        { "shared memory", HOSTILE_KILLED,
          { SYS_mmap, { 0, bytes, PROT_READ, MAP_SHARED | MAP_ANONYMOUS,
                        -1 } } },
        { "shared memory, checked flags", HOSTILE_KILLED,
          { SYS_mmap, { 0, bytes, PROT_READ,
                        MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1 } } },
        { "mprotect", HOSTILE_KILLED,
          { SYS_mprotect, { 0, bytes, PROT_EXEC } } },
        { "execve", HOSTILE_KILLED, { SYS_execve, { 0 } } },
        { "x32's getpid", HOSTILE_KILLED, { SYS_getpid | X32, { 0 } } },
    };

    (void)state;
    check_all_kinds(rows, COUNT(rows));
}

/* A2. */
static void trust_role_makes_no_file_longer(void **state)
{
    uint64_t at = (uintptr_t)"x";
    const struct row rows[] = {
        { "write", HOSTILE_REFUSED, { SYS_write, { HOSTILE_FILE_FD, at, 1 } } },
        { "ftruncate", HOSTILE_KILLED,
          { SYS_ftruncate, { HOSTILE_FILE_FD, 1 << 20 } } },
        { "fallocate", HOSTILE_KILLED,
          { SYS_fallocate, { HOSTILE_FILE_FD, 0, 0, 1 << 20 } } },
        { "limit", HOSTILE_KILLED, { SYS_prlimit64, { 0 } } },
        { "log", HOSTILE_DONE, { SYS_write, { STDERR_FILENO, at, 1 } } },
    };
    const struct row log_file[] = {
        { "log", HOSTILE_DONE, { SYS_write, { STDERR_FILENO, at, 1 } } },
    };

    (void)state;
    check_all_kinds(rows, COUNT(rows));
    hostile_log_is_file = true;
    check_all_kinds(log_file, COUNT(log_file));
    hostile_log_is_file = false;
}

#ifndef __SANITIZE_ADDRESS__ /* whose memory has no limit */
static void trust_role_has_memory_of_its_own_up_to_a_limit(void **state)
{
    const uint64_t anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    const uint64_t protection = PROT_READ | PROT_WRITE;
    const struct row rows[] = {
        { "some", HOSTILE_DONE,
          { SYS_mmap, { 0, 4 << 20, protection, anonymous, -1 } } },
        { "much", HOSTILE_REFUSED,
          { SYS_mmap, { 0, 64 << 20, protection, anonymous, -1 } } },
        { "much of a file's", HOSTILE_REFUSED,
          { SYS_mmap, { 0, 64 << 20, protection, MAP_PRIVATE,
                        HOSTILE_FILE_FD } } },
    };

    (void)state;
    check_all_kinds(rows, COUNT(rows));
}
#endif

static long receive_descriptors(const void *argument)
{
    long count = 0;

    (void)argument;
    while (syscall(SYS_eventfd2, 0, 0) >= 0)
        count++;
    return count;
}

static long read_oom_score(const void *argument)
{
    char text[16] = "";

    (void)argument;
    if (read(HOSTILE_OOM_FD, text, sizeof(text) - 1) <= 0)
        return -1;
    return atoi(text) + 1000;
}

/* A5. */
static void trust_role_uses_up_nothing_and_goes_before_the_supervisor(
    void **state)
{
    enum hostile_kind kind;
    long value = 0;

    (void)state;
    assert_int_equal(hostile_role_run(HOSTILE_NET_PCI, receive_descriptors,
                                      NULL, &value), HOSTILE_DONE);
    assert_in_range(value, 512, 1024);
    for (kind = 0; kind < HOSTILE_KINDS; kind++) {
        assert_int_equal(hostile_role_run(kind, read_oom_score, NULL, &value),
                         HOSTILE_DONE);
        assert_true(value >= 1000 - 500);
    }
}

/* ---- SECURITY.md's lists ---- */

enum permission {
    FORBIDDEN,
    CONDITIONAL, /* the other tests are of those */
    PERMITTED,
};

static bool begins_with(const char *text, const char *start)
{
    return !strncmp(text, start, strlen(start));
}

/* Whether a line of that list is of this role. */
static bool is_of(const char *line, enum hostile_kind kind)
{
    static const char *const starts[HOSTILE_KINDS][3] = {
        [HOSTILE_UART] = { "every role", "uart role" },
        [HOSTILE_UART_WIRE] = { "every role", "uart role" },
        [HOSTILE_NET_PACKET] = { "every role", "net role:",
                                 "net role, netdev" },
        [HOSTILE_NET_PCI] = { "every role", "net role:", "net role, pci" },
    };
    size_t i;

    for (i = 0; i < 3; i++)
        if (starts[kind][i] && begins_with(line, starts[kind][i]))
            return true;
    return false;
}

static void take_names(char *names, enum permission permission,
                       unsigned char *permissions)
{
    char *name, *rest = NULL;

    for (name = strtok_r(names, " \n", &rest); name;
         name = strtok_r(NULL, " \n", &rest)) {
        int number = seccomp_syscall_resolve_name(name);

        if (number < 0 || number >= SYSCALLS)
            fail_msg("SECURITY.md: there is no system call %s", name);
        permissions[number] = permission;
    }
}

/* The list is indented, a line begins with a role, and one that goes on begins
 * with more room. */
static void read_lists(enum hostile_kind kind, unsigned char *permissions)
{
    enum permission permission = FORBIDDEN;
    char *line = NULL;
    size_t room = 0;
    FILE *file = fopen(SECURITY_MD, "r");

    assert_non_null(file);
    memset(permissions, FORBIDDEN, SYSCALLS);
    while (getline(&line, &room, file) >= 0) {
        char *colon = strchr(line, ':');

        if (!begins_with(line, "    "))
            permission = FORBIDDEN;
        else if (line[4] != ' ')
            permission = !colon || !is_of(line + 4, kind) ? FORBIDDEN
                         : strstr(line, "with conditions") ? CONDITIONAL
                                                           : PERMITTED;
        if (permission != FORBIDDEN)
            take_names(line[4] != ' ' ? colon + 1 : line, permission,
                       permissions);
    }
    free(line);
    fclose(file);
}

static void check_number(enum hostile_kind kind, long number,
                         enum permission permission)
{
    static const struct timespec at_once;
    struct hostile_call call = { .number = number };
    enum hostile_end end, right =
        permission == FORBIDDEN ? HOSTILE_KILLED : HOSTILE_DONE;

    if (number == SYS_ppoll) /* which waits for ever when there is no time */
        call.arguments[2] = (uintptr_t)&at_once;
    end = hostile_role_call(kind, &call, NULL);
    if (end == HOSTILE_REFUSED)
        end = HOSTILE_DONE;
    if (end != right)
        fail_msg("%s, system call %ld (%s): %s, but SECURITY.md %s it",
                 hostile_names[kind], number,
                 seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number),
                 end_names[end],
                 permission == FORBIDDEN ? "does not name" : "names");
}

static void trust_role_makes_the_calls_of_the_list_and_no_others(void **state)
{
    unsigned char permissions[SYSCALLS];
    enum hostile_kind kind;
    long number;

    (void)state;
    for (kind = 0; kind < HOSTILE_KINDS; kind++) {
        read_lists(kind, permissions);
        for (number = 0; number < SYSCALLS; number++)
            if (permissions[number] != CONDITIONAL && number != URETPROBE &&
                number != UPROBE)
                check_number(kind, number, permissions[number]);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(trust_card_is_configured_in_its_command_register_only),
    cmocka_unit_test(trust_role_sends_signals_to_itself_only),
    cmocka_unit_test(trust_role_asks_of_devices_what_it_needs_only),
    cmocka_unit_test(trust_role_maps_nothing_that_runs),
    cmocka_unit_test(trust_role_makes_no_hole_in_a_file),
    cmocka_unit_test(trust_role_makes_no_file_longer),
#ifndef __SANITIZE_ADDRESS__
    cmocka_unit_test(trust_role_has_memory_of_its_own_up_to_a_limit),
#endif
    cmocka_unit_test(
        trust_role_uses_up_nothing_and_goes_before_the_supervisor),
    cmocka_unit_test(trust_role_makes_the_calls_of_the_list_and_no_others),
};

UNIT_MAIN(tests)
