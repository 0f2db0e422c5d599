/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile_role.c - a child process that gives up its rights as a role does
 */
#define _GNU_SOURCE
#include "trust/hostile_role.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/net_rights.h"
#include "shared/confine.h"
#include "uart/uart_rights.h"

const char *const hostile_names[HOSTILE_KINDS] = {
    [HOSTILE_UART] = "uart role",
    [HOSTILE_UART_WIRE] = "uart role with wire=",
    [HOSTILE_NET_PACKET] = "net role with netdev:",
    [HOSTILE_NET_PCI] = "net role with pci:",
};

bool hostile_log_is_file;

#ifdef __SANITIZE_ADDRESS__
/* Replaces libc's: a sanitizer's own memory is beyond any limit. */
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    return resource == RLIMIT_DATA
               ? 0
               : (int)syscall(SYS_setrlimit, resource, limit);
}
#endif

/* What the child tells before it ends. */
struct story {
    bool is_confined, has_returned;
    long value;
};

/* root cannot be confined as root; who is not root stays who it is. */
static const char *user_name(void)
{
    struct passwd *entry = getpwuid(geteuid() ? geteuid() : 65534);

    return entry ? entry->pw_name : "nobody";
}

static int keep_rights(enum hostile_kind kind)
{
    const char *user = user_name();

    switch (kind) {
    case HOSTILE_UART:
    case HOSTILE_UART_WIRE:
        return uart_rights_keep(user, kind == HOSTILE_UART_WIRE);
    case HOSTILE_NET_PACKET:
        return net_rights_keep(user, &nic_packet_driver);
    default:
        if (confine_writes(HOSTILE_CONFIG_FD, PCI_COMMAND, sizeof(uint16_t)))
            return -1;
        return net_rights_keep(user, &nic_pci_driver);
    }
}

static bool move_fd(int fd, int place)
{
    return fd >= 0 && dup2(fd, place) >= 0 && !close(fd);
}

/* What is opened from now on gets none of the places. */
static bool take_places(void)
{
    int null = open("/dev/null", O_RDWR), place;

    for (place = HOSTILE_FILE_FD; place < HOSTILE_FDS; place++)
        if (null < 0 || dup2(null, place) < 0)
            return false;
    return true;
}

static bool open_files(void)
{
    int oom = open("/proc/self/oom_score_adj", O_RDWR);
    int pipes[2] = { -1, -1 };

    /* As mediatord.service has it, for who may. */
    if (dprintf(oom, "-900") < 0 && errno != EACCES)
        return false;

    if (pipe2(pipes, O_NONBLOCK))
        return false;
    return move_fd(memfd_create("shared file", 0), HOSTILE_FILE_FD) &&
           !ftruncate(HOSTILE_FILE_FD, HOSTILE_FILE_BYTES) &&
           dup2(pipes[1], HOSTILE_CONFIG_FD) >= 0 &&
           move_fd(pipes[1], HOSTILE_PIPE_FD) &&
           move_fd(open("/proc/self/oom_score_adj", O_RDONLY),
                   HOSTILE_OOM_FD) && !close(oom) &&
           dup2(hostile_log_is_file ? HOSTILE_FILE_FD : HOSTILE_PIPE_FD,
                STDERR_FILENO) >= 0;
}

static void be_hostile(enum hostile_kind kind,
                       long (*run)(const void *argument),
                       const void *argument, struct story *story)
{
    int number;

    for (number = 1; number < NSIG; number++) /* a test has handlers */
        signal(number, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN); /* which a role can do */
    if (!take_places() || !open_files() || keep_rights(kind))
        _exit(1);
    story->is_confined = true;
    story->value = run(argument);
    story->has_returned = true;
    /* Not _exit(): before a call that does not return, AddressSanitizer asks
     * for the signal stack, which a role may not. */
    syscall(SYS_exit_group, 0);
}

static enum hostile_end tell(const struct story *story, int status,
                             long *value)
{
    if (!story->is_confined)
        return HOSTILE_BROKEN;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return HOSTILE_KILLED;
    if (!story->has_returned)
        return HOSTILE_DONE; /* it has ended as it was asked to */
    if (value)
        *value = story->value;
    return story->value < 0 ? HOSTILE_REFUSED : HOSTILE_DONE;
}

pid_t hostile_role_start(enum hostile_kind kind,
                         long (*run)(const void *argument),
                         const void *argument)
{
    struct story story = { 0 };
    pid_t parent = getpid(), pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* until it is confined */
        if (getppid() == parent)
            be_hostile(kind, run, argument, &story);
        _exit(1);
    }
    return pid;
}

enum hostile_end hostile_role_run(enum hostile_kind kind,
                                  long (*run)(const void *argument),
                                  const void *argument, long *value)
{
    struct story *story = mmap(NULL, sizeof(*story), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    enum hostile_end end = HOSTILE_BROKEN;
    int status = 0;
    pid_t pid;

    if (story == MAP_FAILED)
        return HOSTILE_BROKEN;
    pid = fork();
    if (pid == 0)
        be_hostile(kind, run, argument, story);
    if (pid > 0 && waitpid(pid, &status, 0) == pid)
        end = tell(story, status, value);
    munmap(story, sizeof(*story));
    return end;
}

static long call_it(const void *argument)
{
    const struct hostile_call *call = argument;
    const uint64_t *arguments = call->arguments;
    long r = syscall(call->number, arguments[0], arguments[1], arguments[2],
                     arguments[3], arguments[4], arguments[5]);

    return r == -1 ? -errno : r;
}

enum hostile_end hostile_role_call(enum hostile_kind kind,
                                   const struct hostile_call *call,
                                   long *value)
{
    return hostile_role_run(kind, call_it, call, value);
}
