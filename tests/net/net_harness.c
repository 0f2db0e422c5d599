/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_harness.c - stands in for supervisor and guests around one net role
 *
 * usage: net_harness STREAM DIRECTORY PROGRAM [ARGUMENT...]
 *
 * PROGRAM is the net role.  What each guest writes is the file STREAM, over
 * and over.  Commands come on stdin, one a line, and each has one line of
 * answer on stdout; N is a console:
 *
 *   start                    ready | failed TEXT
 *   kill                     killed         (SIGKILL, reaped)
 *   stop                     stopped STATUS (ROLE_STOP, reaped)
 *   hangup                   stopped STATUS (the link is closed)
 *   console N HISTORY        ok             (its rings are made and opened)
 *   add N PORT REPLAY [rw|ro [ALLOW]]   added | failed TEXT
 *   remove N                 ok
 *   guest N 0|1              ok             (the console has no guest any
 *                                            more, or has one again)
 *   break N                  sent | refused TEXT
 *   write N BYTES RATE       ok             (the guest writes in a thread,
 *                                            RATE bytes a second, or without
 *                                            a pause if RATE is 0; when each
 *                                            was written goes into the file
 *                                            N.times: ns, CLOCK_MONOTONIC)
 *   wait N                   written HEAD NANOSECONDS LONGEST SIGNALS
 *                                           (the thread is done; LONGEST: ns
 *                                            that 64 bytes took at most;
 *                                            SIGNALS: how often the net role
 *                                            was woken)
 *   consume N BYTES          consumed HEAD  (the guest waits for so much
 *                                            input, or until no more comes,
 *                                            and what it takes is added to
 *                                            the file N.input)
 *   take N BYTES RATE        ok             (the same in a thread, RATE bytes
 *                                            a second)
 *   taken N                  taken HEAD     (the thread is done)
 *   status N                 HEAD TAIL CLIENTS MISSED NET_SLEEPS
 *   attach N FROM PATH [ro|rw|terminal]
 *                            ok             (whoever accepts at the socket
 *                                            PATH is a client in dom0, from
 *                                            offset FROM on)
 *   pty N FROM [resume]      pty PATH       (the net role gets a new pty, or
 *                                            the one that was there, whose
 *                                            slave is PATH; resume: it goes
 *                                            on where its reader was)
 *   unpty N                  removed        (the harness closes the slave,
 *                                            too, and waits until the net
 *                                            role has let go of the pty)
 *   ping                     pong           (within 30 s; else silence)
 *   nonsense N               ok             (the net role gets messages that
 *                                            mean nothing to it, with
 *                                            descriptors)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "net_guests.h"
#include "shared/console_options.h"
#include "shared/log.h"
#include "shared/role_link.h"

/* A console's pty; both are 0 if it has none, and slave is -1 if that is
 * closed. */
struct pty {
    int master, slave;
};

static struct pty ptys[CONSOLE_NUMBERS_MAX];
static char **program;
static int link_fd = -1;
static pid_t role_pid;

/* A line of stdin; what it lacks is 0 or "". */
struct command {
    char name[32];
    unsigned int n;
    uint64_t a, b;      /* the second and third number */
    char access[8], allow[ACCESS_LIST_BYTES]; /* behind them */
    char word[108], more[12]; /* behind the second number */
};

/* ---- the net role ---- */

static void receive_answer(struct role_message *message)
{
    int fds[ROLE_LINK_FDS_MAX];

    if (role_link_receive(link_fd, message, fds) != ROLE_LINK_MESSAGE) {
        memset(message, 0, sizeof(*message));
        strcpy(message->text, "the net role died");
    }
}

static void start(const struct command *command)
{
    struct role_message message;
    int pair[2];

    (void)command;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        die("socketpair");
    role_pid = fork();
    if (role_pid < 0)
        die("fork");
    if (role_pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (pair[1] == ROLE_LINK_FD)
            fcntl(ROLE_LINK_FD, F_SETFD, 0);
        else
            dup2(pair[1], ROLE_LINK_FD);
        execv(program[0], program);
        die(program[0]);
    }
    close(pair[1]);
    link_fd = pair[0];
    receive_answer(&message);
    if (message.type == ROLE_READY)
        answer("ready");
    else
        answer("failed %s", message.text);
}

static int reap(void)
{
    int status = 0;

    if (role_pid > 0)
        waitpid(role_pid, &status, 0);
    if (link_fd >= 0)
        close(link_fd);
    role_pid = 0;
    link_fd = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void kill_role(const struct command *command)
{
    (void)command;
    kill(role_pid, SIGKILL);
    reap();
    answer("killed");
}

static void stop(const struct command *command)
{
    (void)command;
    role_link_send_type(link_fd, ROLE_STOP);
    answer("stopped %d", reap());
}

static void hang_up(const struct command *command)
{
    (void)command;
    close(link_fd);
    link_fd = -1;
    answer("stopped %d", reap());
}

/* ---- consoles ---- */

static void add_console(const struct command *command)
{
    unsigned int n = command->n;
    struct role_message message = {
        .type = ROLE_ADD_CONSOLE, .console = n, .value = 1,
    };
    struct console_options options;
    char path[4096];
    int fds[3];

    console_options_init(&options);
    options.tcp_port = command->a;
    options.replay_bytes = command->b;
    options.is_read_only = !strcmp(command->access, "ro");
    snprintf(options.allow, sizeof(options.allow), "%s", command->allow);
    console_options_format(&options, message.options);
    path_of(path, sizeof(path), n, "out");
    fds[0] = open(path, O_RDONLY | O_CLOEXEC);
    path_of(path, sizeof(path), n, "in");
    fds[1] = open(path, O_RDWR | O_CLOEXEC);
    path_of(path, sizeof(path), n, "wake");
    fds[2] = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fds[0] < 0 || fds[1] < 0 || fds[2] < 0)
        die(path);
    role_link_send(link_fd, &message, fds, 3);
    close(fds[0]);
    close(fds[1]);
    close(fds[2]);
    receive_answer(&message);
    if (message.type == ROLE_CONSOLE_ADDED)
        answer("added");
    else
        answer("failed %s", message.text);
}

static void remove_console(const struct command *command)
{
    struct role_message message = {
        .type = ROLE_REMOVE_CONSOLE, .console = command->n,
    };

    role_link_send(link_fd, &message, NULL, 0);
    answer("ok");
}

static void set_guest(const struct command *command)
{
    struct role_message message = {
        .type = ROLE_GUEST, .console = command->n, .value = command->a,
    };

    role_link_send(link_fd, &message, NULL, 0);
    answer("ok");
}

static void send_break(const struct command *command)
{
    struct role_message message = {
        .type = ROLE_BREAK, .console = command->n, .value = 4711,
    };

    role_link_send(link_fd, &message, NULL, 0);
    receive_answer(&message);
    if (message.value != 4711 || message.console != command->n)
        answer("failed");
    else if (message.type == ROLE_BREAK_SENT)
        answer("sent");
    else
        answer("refused %s", message.text);
}

/* ---- clients in dom0 ---- */

static void add_local(unsigned int n, enum role_local kind, uint64_t from,
                      const char *access, int fd)
{
    struct role_message message = {
        .type = ROLE_ADD_LOCAL, .console = n, .value = kind, .from = from,
        .is_read_only = !strcmp(access, "ro"),
        .is_terminal = !strcmp(access, "terminal"),
    };

    role_link_send(link_fd, &message, &fd, 1);
}

static void attach(const struct command *command)
{
    const char *path = command->word;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
        die(path);
    add_local(command->n, ROLE_LOCAL_ATTACH, command->a, command->more, fd);
    close(fd);
    answer("ok");
}

static void open_slave(struct pty *pty)
{
    pty->slave = open(ptsname(pty->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (pty->slave < 0)
        die("a pty's slave");
}

static void open_pty(struct pty *pty)
{
    struct termios settings;

    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (pty->master < 0 || grantpt(pty->master) || unlockpt(pty->master))
        die("a pty");
    open_slave(pty);
    if (tcgetattr(pty->slave, &settings))
        die("a pty's settings");
    cfmakeraw(&settings);
    tcsetattr(pty->slave, TCSANOW, &settings);
}

static void add_pty(const struct command *command)
{
    struct pty *pty = &ptys[command->n];
    uint64_t from = command->a;

    if (!pty->master)
        open_pty(pty);
    else if (pty->slave < 0)
        open_slave(pty);
    if (!strcmp(command->word, "resume"))
        from = atomic_load(&consoles[command->n].in.header->pty_cursor);
    add_local(command->n, ROLE_LOCAL_PTY, from, "terminal", pty->master);
    answer("pty %s", ptsname(pty->master));
}

static void remove_pty(const struct command *command)
{
    struct pty *pty = &ptys[command->n];
    struct role_message message;

    close(pty->slave);
    pty->slave = -1;
    receive_answer(&message);
    answer(message.type == ROLE_PTY_REMOVED ? "removed" : "failed");
}

/* ---- the rest ---- */

static void ping(const struct command *command)
{
    struct pollfd link = { .fd = link_fd, .events = POLLIN };
    struct role_message message = { .type = 0 };

    (void)command;
    role_link_send_type(link_fd, ROLE_PING);
    if (poll(&link, 1, 30000) == 1)
        receive_answer(&message);
    answer(message.type == ROLE_PONG ? "pong" : "silence");
}

static void send_nonsense(const struct command *command)
{
    static const uint32_t types[] = { 0, ROLE_READY, ROLE_PONG, 4711 };
    struct role_message message = { .console = command->n };
    int fds[2] = { STDERR_FILENO, STDERR_FILENO };
    unsigned int i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        message.type = types[i];
        role_link_send(link_fd, &message, fds, 2);
    }
    message.type = ROLE_ADD_LOCAL;
    message.value = 4711; /* no kind of client */
    role_link_send(link_fd, &message, fds, 2);
    answer("ok");
}

static void make_console(const struct command *command)
{
    guest_make(command->n, command->a);
}

static void begin_write(const struct command *command)
{
    guest_begin_write(command->n, command->a, command->b);
}

static void wait_for_write(const struct command *command)
{
    guest_wait_for_write(command->n);
}

static void consume(const struct command *command)
{
    guest_consume(command->n, command->a);
}

static void begin_take(const struct command *command)
{
    guest_begin_take(command->n, command->a, command->b);
}

static void wait_for_take(const struct command *command)
{
    guest_wait_for_take(command->n);
}

static void tell_status(const struct command *command)
{
    guest_tell_status(command->n);
}

static const struct {
    const char *name;
    void (*obey)(const struct command *command);
} commands[] = {
    { "start", start },
    { "kill", kill_role },
    { "stop", stop },
    { "hangup", hang_up },
    { "console", make_console },
    { "add", add_console },
    { "remove", remove_console },
    { "guest", set_guest },
    { "break", send_break },
    { "write", begin_write },
    { "wait", wait_for_write },
    { "consume", consume },
    { "take", begin_take },
    { "taken", wait_for_take },
    { "status", tell_status },
    { "attach", attach },
    { "pty", add_pty },
    { "unpty", remove_pty },
    { "ping", ping },
    { "nonsense", send_nonsense },
};

static void obey(const char *line)
{
    struct command command = { .access = "rw" };
    unsigned int i;

    sscanf(line, "%31s %u %" SCNu64 " %" SCNu64 " %7s %255s", command.name,
           &command.n, &command.a, &command.b, command.access,
           command.allow);
    sscanf(line, "%*s %*u %*u %107s %11s", command.word, command.more);
    if (command.n >= CONSOLE_NUMBERS_MAX)
        die("no such console");
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (!strcmp(command.name, commands[i].name)) {
            commands[i].obey(&command);
            return;
        }
    die(line);
}

int main(int argc, char **argv)
{
    char line[512];

    if (argc < 4) {
        fprintf(stderr, "usage: net_harness STREAM DIRECTORY PROGRAM "
                "[ARGUMENT...]\n");
        return 2;
    }
    log_set_name("net_harness");
    guests_map_stream(argv[1]);
    directory = argv[2];
    program = argv + 3;
    while (fgets(line, sizeof(line), stdin))
        obey(line);
    if (role_pid > 0)
        kill(role_pid, SIGKILL);
    reap();
    return 0;
}
