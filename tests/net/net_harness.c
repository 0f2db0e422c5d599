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
 *   status N                 HEAD TAIL CLIENTS MISSED NET_SLEEPS
 *   attach N FROM PATH [ro]  ok             (whoever accepts at the socket
 *                                            PATH is a client in dom0, from
 *                                            offset FROM on)
 *   pty N FROM [resume]      pty PATH       (the net role gets a new pty, or
 *                                            the one that was there, whose
 *                                            slave is PATH; resume: it goes
 *                                            on where its reader was)
 *   unpty N                  removed        (the harness closes the slave,
 *                                            too, and waits until the net
 *                                            role has let go of the pty)
 *   nonsense N               ok             (the net role gets messages that
 *                                            mean nothing to it, with
 *                                            descriptors)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "shared/in_ring.h"
#include "shared/out_ring.h"
#include "shared/role_link.h"
#include "shared/wake.h"

#define CONSOLE_NUMBERS_MAX 80 /* more than the net role takes */
#define INPUT_WAIT_MS       30000

struct console {
    struct out_ring out;
    struct in_ring in; /* opened for what the net role says in its header */
    struct waker waker;
    int wake_fd; /* of the uart role, for which the harness stands in */
    uint32_t sleep_count;
    pthread_t thread;
    uint64_t bytes, rate;
    uint64_t *times_ns; /* when each byte was written; NULL: without a rate */
    uint64_t duration_ns, longest_ns, signals;
    int master, slave; /* of its pty; both 0: there is none; slave -1: it is
                        * closed */
};

static struct console consoles[CONSOLE_NUMBERS_MAX];
static const char *directory;
static char **program;
static const uint8_t *stream;
static size_t stream_bytes;
static int link_fd = -1;
static pid_t role_pid;

static void die(const char *what)
{
    fprintf(stderr, "net_harness: %s: %s\n", what, strerror(errno));
    exit(2);
}

__attribute__((format(printf, 1, 2)))
static void answer(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static void path_of(char *path, size_t bytes, unsigned int n,
                    const char *what)
{
    snprintf(path, bytes, "%s/%u.%s", directory, n, what);
}

static void receive_answer(struct role_message *message)
{
    int fds[ROLE_LINK_FDS_MAX];

    if (role_link_receive(link_fd, message, fds) != ROLE_LINK_MESSAGE) {
        memset(message, 0, sizeof(*message));
        strcpy(message->text, "the net role died");
    }
}

static void start(void)
{
    struct role_message message;
    int pair[2];

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

static void make_console(unsigned int n, uint64_t history)
{
    struct console *console = &consoles[n];
    char path[4096];
    int fd;

    path_of(path, sizeof(path), n, "in");
    if (in_ring_create(path))
        exit(2);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || in_ring_open_writer(&console->in, fd))
        exit(2);
    path_of(path, sizeof(path), n, "out");
    if (out_ring_create(path, history) ||
        out_ring_open_writer(&console->out, path))
        exit(2);
    snprintf(path, sizeof(path), "%s/net.wake", directory);
    if (wake_create(path))
        exit(2);
    console->waker = WAKER_CLOSED;
    console->waker.fd = wake_open(path);
    path_of(path, sizeof(path), n, "wake");
    if (wake_create(path))
        exit(2);
    console->wake_fd = wake_open(path);
    answer("ok");
}

static void add_console(unsigned int n, unsigned int port, uint64_t replay,
                        bool is_read_only, const char *allow)
{
    struct role_message message = {
        .type = ROLE_ADD_CONSOLE, .console = n,
    };
    struct console_options options;
    char path[4096];
    int fds[3];

    console_options_init(&options);
    options.tcp_port = port;
    options.replay_bytes = replay;
    options.is_read_only = is_read_only;
    snprintf(options.allow, sizeof(options.allow), "%s", allow);
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

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_until(uint64_t when_ns)
{
    struct timespec when = { (time_t)(when_ns / 1000000000),
                             (long)(when_ns % 1000000000) };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}

/* Writes as a uart role does, byte for byte, and measures. */
static void *write_stream(void *argument)
{
    struct console *console = argument;
    uint64_t head = atomic_load(&console->out.header->head);
    uint64_t begin = now_ns(), before = begin, i;

    console->longest_ns = console->signals = 0;
    for (i = 0; i < console->bytes; i++, head++) {
        uint32_t answered = console->waker.answered;
        uint64_t after;

        if (console->times_ns)
            console->times_ns[i] = now_ns();
        out_ring_put(&console->out, head, stream[head % stream_bytes]);
        wake_if_asleep(&console->waker, &console->in.header->net_sleeps);
        console->signals += answered != console->waker.answered;
        if (console->rate) {
            before = now_ns();
            if (begin + (i + 1) * 1000000000 / console->rate > before)
                sleep_until(begin + (i + 1) * 1000000000 / console->rate);
        } else if (i % 64 == 0) {
            after = now_ns();
            if (after - before > console->longest_ns)
                console->longest_ns = after - before;
            before = after;
        }
    }
    console->duration_ns = now_ns() - begin;
    return NULL;
}

static void begin_write(unsigned int n, uint64_t bytes, uint64_t rate)
{
    consoles[n].bytes = bytes;
    consoles[n].rate = rate;
    consoles[n].times_ns = rate ? calloc(bytes, sizeof(uint64_t)) : NULL;
    if (rate && !consoles[n].times_ns)
        die("calloc");
    if (pthread_create(&consoles[n].thread, NULL, write_stream, &consoles[n]))
        die("pthread_create");
    answer("ok");
}

static void save_times(unsigned int n)
{
    struct console *console = &consoles[n];
    char path[4096];
    FILE *file;

    if (!console->times_ns)
        return;
    path_of(path, sizeof(path), n, "times");
    file = fopen(path, "we");
    if (!file || fwrite(console->times_ns, sizeof(uint64_t), console->bytes,
                        file) != console->bytes || fclose(file))
        die(path);
    free(console->times_ns);
    console->times_ns = NULL;
}

static void wait_for_write(unsigned int n)
{
    struct console *console = &consoles[n];

    pthread_join(console->thread, NULL);
    save_times(n);
    answer("written %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
           (uint64_t)atomic_load(&console->out.header->head),
           console->duration_ns, console->longest_ns, console->signals);
}

/* Sleeps as the uart role does.  Returns false when nobody wakes it. */
static bool await_input(struct console *console, uint64_t in_tail)
{
    _Atomic uint32_t *sleeps = &console->out.header->report.uart_sleeps;
    struct pollfd fd = { .fd = console->wake_fd, .events = POLLIN };
    bool has_more;

    wake_sleep(sleeps, &console->sleep_count);
    has_more = atomic_load(&console->in.header->head) != in_tail;
    if (!has_more && poll(&fd, 1, INPUT_WAIT_MS) > 0) {
        wake_drain(console->wake_fd);
        has_more = true;
    }
    wake_woken(sleeps);
    return has_more;
}

static void consume(unsigned int n, uint64_t bytes)
{
    struct console *console = &consoles[n];
    struct out_ring_header *out = console->out.header;
    uint64_t in_tail = atomic_load(&out->report.in_tail);
    uint64_t end = in_tail + bytes;
    uint8_t buffer[4096];
    char path[4096];
    FILE *file;

    path_of(path, sizeof(path), n, "input");
    file = fopen(path, "ae");
    while (file && in_tail < end) {
        uint64_t left = end - in_tail;
        int count = in_ring_read(&console->in, in_tail, buffer,
                                 left < sizeof(buffer) ? left
                                                       : sizeof(buffer));

        if (count < 0)
            die("the in ring");
        if (count == 0) {
            if (!await_input(console, in_tail))
                break;
            continue;
        }
        fwrite(buffer, 1, count, file);
        in_tail += count;
        atomic_store(&out->report.in_tail, in_tail);
        if (atomic_load(&console->in.header->wants_room) &&
            atomic_load(&console->in.header->head) - in_tail <=
                IN_RING_BYTES / 2)
            wake_if_asleep(&console->waker, &console->in.header->net_sleeps);
    }
    if (file)
        fclose(file);
    answer("consumed %" PRIu64, in_tail);
}

static void add_local(unsigned int n, enum role_local kind, uint64_t from,
                      bool is_read_only, int fd)
{
    struct role_message message = {
        .type = ROLE_ADD_LOCAL, .console = n, .value = kind, .from = from,
        .is_read_only = is_read_only,
    };

    role_link_send(link_fd, &message, &fd, 1);
}

static void attach(unsigned int n, uint64_t from, const char *path,
                   bool is_read_only)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
        die(path);
    add_local(n, ROLE_LOCAL_ATTACH, from, is_read_only, fd);
    close(fd);
    answer("ok");
}

static void open_slave(struct console *console)
{
    console->slave = open(ptsname(console->master),
                          O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (console->slave < 0)
        die("a pty's slave");
}

static void open_pty(struct console *console)
{
    struct termios settings;

    console->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK |
                                   O_CLOEXEC);
    if (console->master < 0 || grantpt(console->master) ||
        unlockpt(console->master))
        die("a pty");
    open_slave(console);
    if (tcgetattr(console->slave, &settings))
        die("a pty's settings");
    cfmakeraw(&settings);
    tcsetattr(console->slave, TCSANOW, &settings);
}

static void add_pty(unsigned int n, uint64_t from, bool is_resumed)
{
    struct console *console = &consoles[n];

    if (!console->master)
        open_pty(console);
    else if (console->slave < 0)
        open_slave(console);
    if (is_resumed)
        from = atomic_load(&console->in.header->pty_cursor);
    add_local(n, ROLE_LOCAL_PTY, from, false, console->master);
    answer("pty %s", ptsname(console->master));
}

static void remove_pty(unsigned int n)
{
    struct role_message message;

    close(consoles[n].slave);
    consoles[n].slave = -1;
    receive_answer(&message);
    answer(message.type == ROLE_PTY_REMOVED ? "removed" : "failed");
}

static void send_nonsense(unsigned int n)
{
    static const uint32_t types[] = { 0, ROLE_READY, ROLE_BREAK, 4711 };
    struct role_message message = { .console = n };
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

static void tell_status(unsigned int n)
{
    const struct out_ring_header *out = consoles[n].out.header;
    const struct in_ring_header *in = consoles[n].in.header;

    answer("%" PRIu64 " %" PRIu64 " %u %" PRIu64 " %u",
           (uint64_t)atomic_load(&out->head),
           (uint64_t)atomic_load(&out->tail),
           (unsigned int)atomic_load(&in->clients),
           (uint64_t)atomic_load(&in->missed),
           (unsigned int)atomic_load(&in->net_sleeps));
}

static void obey(const char *line)
{
    struct role_message message = { .type = ROLE_REMOVE_CONSOLE };
    char command[32] = "", access[8] = "rw", allow[ACCESS_LIST_BYTES] = "";
    char word[108] = "", more[8] = "";
    uint64_t a = 0, b = 0;
    unsigned int n = 0;

    sscanf(line, "%31s %u %" SCNu64 " %" SCNu64 " %7s %255s", command, &n, &a,
           &b, access, allow);
    sscanf(line, "%*s %*u %*u %107s %7s", word, more);
    if (n >= CONSOLE_NUMBERS_MAX)
        die("no such console");
    if (!strcmp(command, "start")) {
        start();
    } else if (!strcmp(command, "kill")) {
        kill(role_pid, SIGKILL);
        reap();
        answer("killed");
    } else if (!strcmp(command, "stop")) {
        role_link_send_type(link_fd, ROLE_STOP);
        answer("stopped %d", reap());
    } else if (!strcmp(command, "hangup")) {
        close(link_fd);
        link_fd = -1;
        answer("stopped %d", reap());
    } else if (!strcmp(command, "console")) {
        make_console(n, a);
    } else if (!strcmp(command, "add")) {
        add_console(n, (unsigned int)a, b, !strcmp(access, "ro"), allow);
    } else if (!strcmp(command, "consume")) {
        consume(n, a);
    } else if (!strcmp(command, "remove")) {
        message.console = n;
        role_link_send(link_fd, &message, NULL, 0);
        answer("ok");
    } else if (!strcmp(command, "write")) {
        begin_write(n, a, b);
    } else if (!strcmp(command, "wait")) {
        wait_for_write(n);
    } else if (!strcmp(command, "status")) {
        tell_status(n);
    } else if (!strcmp(command, "attach")) {
        attach(n, a, word, !strcmp(more, "ro"));
    } else if (!strcmp(command, "pty")) {
        add_pty(n, a, !strcmp(word, "resume"));
    } else if (!strcmp(command, "unpty")) {
        remove_pty(n);
    } else if (!strcmp(command, "nonsense")) {
        send_nonsense(n);
    } else {
        die(line);
    }
}

static void map_stream(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;

    if (fd < 0 || fstat(fd, &status))
        die(path);
    stream_bytes = status.st_size;
    stream = mmap(NULL, stream_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (stream == MAP_FAILED)
        die(path);
    close(fd);
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
    map_stream(argv[1]);
    directory = argv[2];
    program = argv + 3;
    while (fgets(line, sizeof(line), stdin))
        obey(line);
    if (role_pid > 0)
        kill(role_pid, SIGKILL);
    reap();
    return 0;
}
