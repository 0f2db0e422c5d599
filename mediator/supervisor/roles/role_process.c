/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_process.c - a role's process is started, listened to, told things and
 * reaped
 */
#define _GNU_SOURCE
#include "supervisor/roles/role_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shared/log.h"

#define PROGRAM_FD 5

/* A role that talks without end must not keep the supervisor from the others.
 * One that is gone has left at most what its link holds, which is far less
 * than MESSAGES_AT_EXIT; but a process that has inherited the link from it
 * could still be talking. */
#define MESSAGES_A_TURN 16
#define MESSAGES_AT_EXIT 1024

/* The net role answers for 64 consoles when it starts; most that a role says
 * makes a line in the log, which is not to be flooded either. */
#define MESSAGES_A_PERIOD 1000
#define PERIOD_SECONDS 10.0

static void close_link(struct role_process *process)
{
    if (process->link < 0)
        return;
    ev_io_stop(process->loop, &process->link_watcher);
    close(process->link);
    process->link = -1;
}

static void send_signal(const struct role_process *process, int number)
{
    if (process->pid > 0 && !process->is_reaped)
        kill(process->pid, number);
}

const struct role_process_rule *
role_process_rule(const struct role_process_kind *kind, uint32_t type,
                  unsigned int state)
{
    size_t i;

    for (i = 0; i < kind->rule_count; i++)
        if (kind->rules[i].type == type &&
            (kind->rules[i].states & 1u << state))
            return &kind->rules[i];
    return NULL;
}

/* Nothing more is heard of this process. */
static void end(struct role_process *process)
{
    close_link(process);
    role_process_kill(process);
}

static void refuse(struct role_process *process, uint32_t type,
                   unsigned int state)
{
    const struct role_process_kind *kind = process->kind;

    log_warning("the %s%s%s sent %s (%u) while %s, which it may not; it is "
                "killed", kind->role, *process->label ? " of " : "",
                process->label, role_message_name(type), type,
                kind->state_names[state]);
    end(process);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static bool says_too_much(struct role_process *process)
{
    double now = seconds();

    if (now - process->said_since >= PERIOD_SECONDS) {
        process->said_since = now;
        process->said = 0;
    }
    return ++process->said > MESSAGES_A_PERIOD;
}

static void handle(struct role_process *process,
                   const struct role_message *message)
{
    const struct role_process_kind *kind = process->kind;
    unsigned int state = kind->state(process);
    const struct role_process_rule *rule =
        role_process_rule(kind, message->type, state);

    if (says_too_much(process)) {
        log_warning("the %s%s%s has sent more than %u messages in %.0f s; it "
                    "is killed", kind->role, *process->label ? " of " : "",
                    process->label, MESSAGES_A_PERIOD, PERIOD_SECONDS);
        end(process);
        return;
    }
    if (rule)
        rule->handle(process, message);
    else
        refuse(process, message->type, state);
}

static void receive(struct role_process *process, unsigned int count)
{
    struct role_message message;

    for (; process->link >= 0 && count > 0; count--) {
        switch (role_link_receive(process->link, &message, NULL)) {
        case ROLE_LINK_MESSAGE:
            handle(process, &message);
            break;
        case ROLE_LINK_EMPTY:
            return;
        case ROLE_LINK_CLOSED:
            /* It is ending, or it sent nonsense: without its link it is of
             * no use. */
            end(process);
            return;
        }
    }
}

static void on_link(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    /* What is left is received in the loop's next turn. */
    receive(watcher->data, MESSAGES_A_TURN);
}

static void on_exit_of_child(struct ev_loop *loop, ev_child *watcher,
                             int events)
{
    struct role_process *process = watcher->data;

    (void)events;
    process->is_reaped = true;
    receive(process, MESSAGES_AT_EXIT);
    ev_child_stop(loop, watcher);
    close_link(process);
    process->pid = 0;
    process->kind->exited(process, watcher->rstatus);
}

void role_process_init(struct role_process *process, struct ev_loop *loop,
                       const struct role_process_kind *kind,
                       const char *label, void *owner)
{
    *process = (struct role_process){
        .kind = kind,
        .label = label,
        .owner = owner,
        .loop = loop,
        .link = -1,
    };
}

int role_process_open_program(const char *name)
{
    char path[PATH_MAX], *slash;
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    int fd;

    if (length < 0)
        return log_errno("cannot read /proc/self/exe; is /proc mounted?");
    path[length] = '\0';
    slash = strrchr(path, '/');
    if (snprintf(slash + 1, path + sizeof(path) - slash - 1, "%s", name) >=
        path + sizeof(path) - slash - 1)
        return log_error("the path of %s is too long", name);
    fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return log_errno("cannot open %s, which is to stand beside "
                         "mediatord; install both", path);
    return fd;
}

/* A mediatord that was started from a shell has its terminal.  What is typed
 * there is not for the role, its keys stop and end the supervisor alone, and
 * the role cannot type into that shell (TIOCSTI).  There is no setsid(): to
 * each session Linux may give a share of its own (sched(7), autogroup), among
 * which a role's nice value would mean nothing.  0, or -1. */
static int leave_terminal(void)
{
    int terminal = open("/dev/tty", O_RDWR);
    int null = open("/dev/null", O_RDWR);

    if (terminal >= 0 && ioctl(terminal, TIOCNOTTY))
        return -1;
    if (null < 0 || setpgid(0, 0) || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDOUT_FILENO) < 0)
        return -1;
    return 0;
}

/* In the child, between fork and exec. */
static void exec_role(int program, int link, int lock_fd,
                      const char *const *arguments)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* The log's reader may be gone, and any other pipe's: a message that
     * cannot be written is dropped, and ends nobody. */
    signal(SIGPIPE, SIG_IGN);

    /* Each may have the number that another one is to get: all go above these
     * numbers first. */
    link = fcntl(link, F_DUPFD, 10);
    lock_fd = fcntl(lock_fd, F_DUPFD, 10);
    program = fcntl(program, F_DUPFD, 10);
    if (link < 0 || lock_fd < 0 || program < 0 || leave_terminal() ||
        dup2(link, ROLE_LINK_FD) < 0 || dup2(lock_fd, ROLE_LOCK_FD) < 0 ||
        dup3(program, PROGRAM_FD, O_CLOEXEC) < 0)
        _exit(126);
    close_range(PROGRAM_FD + 1, ~0U, 0);
    execveat(PROGRAM_FD, "", (char *const *)arguments, environ,
             AT_EMPTY_PATH);
    _exit(127);
}

int role_process_start(struct role_process *process, int program, int lock_fd,
                       const char *const *arguments)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair))
        return log_errno("cannot make a link to a role");
    /* The signal that a message waits may come at once: the role inherits
     * that until it has its handler. */
    signal(SIGUSR1, SIG_IGN);
    process->pid = fork();
    if (process->pid < 0) {
        process->pid = 0;
        close(pair[0]);
        close(pair[1]);
        return log_errno("cannot start a role");
    }
    if (process->pid == 0)
        exec_role(program, pair[1], lock_fd, arguments);
    close(pair[1]);
    process->said = 0;
    process->is_reaped = false;
    process->pings = 0;
    process->link = pair[0];

    ev_io_init(&process->link_watcher, on_link, process->link, EV_READ);
    process->link_watcher.data = process;
    ev_io_start(process->loop, &process->link_watcher);
    ev_child_init(&process->child_watcher, on_exit_of_child, process->pid, 0);
    process->child_watcher.data = process;
    ev_child_start(process->loop, &process->child_watcher);
    return 0;
}

int role_process_send(struct role_process *process,
                      const struct role_message *message, const int *fds,
                      unsigned int fd_count)
{
    int rc;

    if (process->link < 0)
        return log_error("the role is not running");
    rc = role_link_send(process->link, message, fds, fd_count);
    if (!rc)
        send_signal(process, SIGUSR1);
    return rc;
}

void role_process_ping(struct role_process *process)
{
    static const struct role_message ping = { .type = ROLE_PING };

    process->pings++;
    /* One that has lost its link is being killed. */
    if (process->link >= 0)
        role_process_send(process, &ping, NULL, 0);
}

void role_process_note_pong(struct role_process *process,
                            const struct role_message *message)
{
    (void)message;
    process->pings = 0;
}

void role_process_stop(struct role_process *process)
{
    send_signal(process, SIGTERM);
}

void role_process_kill(struct role_process *process)
{
    send_signal(process, SIGKILL);
}

bool role_process_is_running(const struct role_process *process)
{
    return process->pid > 0;
}
