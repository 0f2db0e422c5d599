/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_harness.c - starts, stops and kills a uart role, and watches it
 */
#define _GNU_SOURCE
#include "uart-role/role_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fake-xen/fake_xen.h"
#include "shared/console_paths.h"
#include "shared/interrupt_levels.h"
#include "shared/role.h"
#include "shared/uart_mode.h"
#include "shared/wake.h"
#include "uart/journal.h"

extern char **environ;

void harness_path(const struct role_harness *harness, char path[4096],
                  const char *file)
{
    console_path(path, harness->directory, harness->key, file);
}

static int make_folders(struct role_harness *harness)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/consoles", harness->directory);
    if (mkdir(harness->directory, 0700) || mkdir(path, 0700))
        return -1;
    harness_path(harness, path, "");
    return mkdir(path, 0700);
}

static void interrupts_path(const struct role_harness *harness,
                                    char path[4096])
{
    interrupt_levels_path(path, harness->directory, harness->domid);
}

static int make_files(struct role_harness *harness, uint64_t history_bytes)
{
    char path[4096];
    int rc;

    harness_path(harness, path, "state");
    rc = journal_create(path);
    harness_path(harness, path, "uart.wake");
    rc = rc ? rc : wake_create(path);
    snprintf(path, sizeof(path), "%s/net.wake", harness->directory);
    rc = rc ? rc : wake_create(path);
    harness_path(harness, path, "out");
    rc = rc ? rc : out_ring_create(path, history_bytes);
    rc = rc ? rc : out_ring_open_reader(&harness->out,
                                        open(path, O_RDONLY | O_CLOEXEC));
    harness_path(harness, path, "in");
    rc = rc ? rc : in_ring_create(path);
    return rc ? rc : in_ring_open_writer(&harness->in,
                                         open(path, O_RDWR | O_CLOEXEC));
}

int harness_create(struct role_harness *harness, const char *mode,
                   uint32_t domid, uint64_t history_bytes)
{
    const char *directory = getenv(FAKE_XEN_ENVIRONMENT);
    char path[4096];

    *harness = (struct role_harness){
        .mode = mode,
        .domid = domid,
        .first_port = HARNESS_FIRST_PORT,
        .machine_port = 0x3f8,
        .server = ROLE_NO_SERVER,
        .link = -1,
        .out = OUT_RING_CLOSED,
        .in = IN_RING_CLOSED,
    };
    snprintf(harness->key, sizeof(harness->key), "g%u@com1", domid);
    snprintf(harness->directory, sizeof(harness->directory), "%s/run.%u",
             directory ? directory : "", domid);
    if (make_folders(harness))
        return log_errno("harness: cannot make folders below %s",
                         harness->directory);
    interrupts_path(harness, path);
    return interrupt_levels_create(path) ? -1
                                         : make_files(harness, history_bytes);
}

int harness_create_other(struct role_harness *harness,
                         const struct role_harness *first, const char *name,
                         uint16_t first_port)
{
    char path[4096];

    *harness = (struct role_harness){
        .mode = first->mode,
        .domid = first->domid,
        .first_port = first_port,
        .machine_port = first->machine_port,
        .server = ROLE_NO_SERVER,
        .link = -1,
        .out = OUT_RING_CLOSED,
        .in = IN_RING_CLOSED,
    };
    snprintf(harness->key, sizeof(harness->key), "g%u@%s", first->domid, name);
    memcpy(harness->directory, first->directory, sizeof(harness->directory));
    harness_path(harness, path, "");
    return mkdir(path, 0700) ? -1 : make_files(harness, 1u << 20);
}

int harness_make_files_again(struct role_harness *harness,
                             uint64_t history_bytes)
{
    out_ring_close(&harness->out);
    in_ring_close(&harness->in);
    return make_files(harness, history_bytes);
}

void harness_destroy(struct role_harness *harness)
{
    if (harness->pid)
        harness_kill(harness);
    if (harness->link >= 0)
        close(harness->link);
    out_ring_close(&harness->out);
    in_ring_close(&harness->in);
}

/* The role gives up root's rights for those of an ordinary user. */
static const char *role_user(void)
{
    const struct passwd *entry = getpwuid(geteuid());

    if (geteuid() == 0)
        return "nobody";
    return entry ? entry->pw_name : "nobody";
}

#define ARGUMENTS 9
#define ARGUMENT_BYTES 256

static void make_arguments(const struct role_harness *harness,
                           char text[ARGUMENTS][ARGUMENT_BYTES], char **argv)
{
    unsigned int i, count = 0;

    snprintf(text[count++], ARGUMENT_BYTES, "fake-uart-role");
    snprintf(text[count++], ARGUMENT_BYTES, "--directory=%s",
             harness->directory);
    snprintf(text[count++], ARGUMENT_BYTES, "--user=%s", role_user());
    snprintf(text[count++], ARGUMENT_BYTES, "--console=%s", harness->key);
    snprintf(text[count++], ARGUMENT_BYTES, "--label=g%u/com1",
             harness->domid);
    snprintf(text[count++], ARGUMENT_BYTES, "--domid=%u", harness->domid);
    snprintf(text[count++], ARGUMENT_BYTES, "--server=%u", harness->server);
    snprintf(text[count++], ARGUMENT_BYTES, "--spin=10240");
    snprintf(text[count++], ARGUMENT_BYTES,
             "--options=ports=%x-%x;irq=%u;mode=%s;machine=%x;%s",
             harness->first_port, harness->first_port + UART_REGS - 1,
             HARNESS_IRQ, harness->mode, harness->machine_port,
             harness->option ? harness->option : "");
    for (i = 0; i < count; i++)
        argv[i] = text[i];
    argv[count] = NULL;
}

/* What the role logs goes to a file in its folder, or to stderr when
 * FAKE_ROLE_LOG is set. */
static void add_log(const struct role_harness *harness,
                    posix_spawn_file_actions_t *actions)
{
    char path[128];

    if (getenv("FAKE_ROLE_LOG"))
        return;
    snprintf(path, sizeof(path), "%s/log", harness->directory);
    posix_spawn_file_actions_addopen(actions, STDERR_FILENO, path,
                                     O_WRONLY | O_CREAT | O_APPEND, 0600);
}

/* The role program stands beside the test program, or in the folder uart-role
 * beside that one's, from wherever it is started. */
static void find_binary(char path[4096])
{
    const char *given = getenv(HARNESS_BINARY);
    char self[4000];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self));

    while (length > 0 && self[length - 1] != '/')
        length--;
    if (given || length <= 0)
        snprintf(path, 4096, "%s", given ? given : "./fake-uart-role");
    else
        snprintf(path, 4096, "%.*s../uart-role/fake-uart-role", (int)length,
                 self);
}

int harness_spawn(struct role_harness *harness)
{
    char binary[4096], text[ARGUMENTS][ARGUMENT_BYTES], *argv[ARGUMENTS + 1];
    posix_spawn_file_actions_t actions;
    int pair[2];
    pid_t pid;

    if (harness->link >= 0)
        close(harness->link);
    harness->failure[0] = '\0';
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair))
        return log_errno("harness: no link");
    harness->link = pair[0];
    find_binary(binary);
    make_arguments(harness, text, argv);
    posix_spawn_file_actions_init(&actions);
    add_log(harness, &actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], ROLE_LINK_FD);
    errno = posix_spawn(&pid, binary, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pair[1]);
    if (errno)
        return log_errno("harness: cannot start %s; build it, or set %s",
                         binary, HARNESS_BINARY);
    harness->pid = pid;
    return 0;
}

static void note(struct role_harness *harness,
                 const struct role_message *message)
{
    const struct role_message answer = { .type = ROLE_ANSWER };

    switch (message->type) {
    case ROLE_SERVER_CREATED:
        harness->server = message->value;
        role_link_send(harness->link, &answer, NULL, 0);
        break;
    case ROLE_SERVER_GONE:
        harness->server = ROLE_NO_SERVER;
        break;
    case ROLE_FAILED:
        memcpy(harness->failure, message->text, sizeof(harness->failure));
        break;
    case ROLE_WIRE_LOST:
        harness->wires_lost++;
        break;
    case ROLE_WARNING:
        memcpy(harness->warning, message->text, sizeof(harness->warning));
        break;
    }
}

int harness_await(struct role_harness *harness, enum role_message_type type)
{
    struct role_message message;
    int fds[ROLE_LINK_FDS_MAX];

    for (;;) {
        struct pollfd link = { .fd = harness->link, .events = POLLIN };

        switch (role_link_receive(harness->link, &message, fds)) {
        case ROLE_LINK_MESSAGE:
            note(harness, &message);
            if (message.type == type)
                return 0;
            if (message.type == ROLE_FAILED)
                return -1;
            break;
        case ROLE_LINK_EMPTY:
            if (poll(&link, 1, HARNESS_TIMEOUT_MS) == 0)
                return log_error("harness: no message in %d ms",
                                 HARNESS_TIMEOUT_MS);
            break;
        case ROLE_LINK_CLOSED:
            return -1;
        }
    }
}

int harness_await_ready(struct role_harness *harness)
{
    return harness_await(harness, ROLE_READY);
}

int harness_start(struct role_harness *harness)
{
    int rc = harness_spawn(harness);

    if (rc)
        return rc;
    rc = harness_await_ready(harness);
    if (rc)
        harness_wait(harness);
    return rc;
}

/* Signals nothing when no role runs: kill() takes pid 0 for this whole process
 * group. */
static void send_signal(struct role_harness *harness, int signal)
{
    pid_t pid = harness->pid;

    if (pid > 0)
        kill(pid, signal);
}

int harness_send(struct role_harness *harness, enum role_message_type type)
{
    int rc = role_link_send_type(harness->link, type);

    if (!rc)
        send_signal(harness, SIGUSR1);
    return rc;
}

/* Receives what a role that is gone said before its end. */
static void receive_rest(struct role_harness *harness)
{
    struct role_message message;
    int fds[ROLE_LINK_FDS_MAX];

    while (role_link_receive(harness->link, &message, fds) ==
           ROLE_LINK_MESSAGE)
        note(harness, &message);
}

/* A role ended without saying why: prints what it, or a sanitizer, logged. */
static void print_log(const struct role_harness *harness, int status)
{
    char path[128], line[512];
    FILE *log;

    fprintf(stderr, "# the role ended with wait status %x\n", status);
    snprintf(path, sizeof(path), "%s/log", harness->directory);
    log = fopen(path, "re");
    while (log && fgets(line, sizeof(line), log))
        fprintf(stderr, "# %s", line);
    if (log)
        fclose(log);
}

int harness_wait(struct role_harness *harness)
{
    int status = -1;

    while (waitpid(harness->pid, &status, 0) < 0 && errno == EINTR)
        ;
    harness->pid = 0;
    harness->status = status;
    receive_rest(harness);
    if (status && !harness->failure[0] && !harness->may_fail &&
        !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
        print_log(harness, status);
    return status;
}

int harness_wait_stopped(struct role_harness *harness)
{
    int status;

    if (waitpid(harness->pid, &status, WUNTRACED) < 0 || !WIFSTOPPED(status))
        return log_error("harness: the role did not stop");
    return 0;
}

int harness_kill(struct role_harness *harness)
{
    send_signal(harness, SIGKILL);
    return harness_wait(harness);
}

int harness_stop(struct role_harness *harness)
{
    int rc = harness_send(harness, ROLE_STOP);

    return rc ? rc : harness_wait(harness);
}

int harness_remove_server(struct role_harness *harness)
{
    int rc = harness_send(harness, ROLE_REMOVE_SERVER);

    rc = rc ? rc : harness_await(harness, ROLE_SERVER_GONE);
    return rc ? rc : harness_wait(harness);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Attends to the role for some time and then kills it, wherever it is. */
static void kill_soon(struct role_harness *harness)
{
    int64_t left = rand_r(&harness->seed) % harness->kill_within_ns;
    int64_t until = now_ns() + left;

    while (left > 0) {
        struct pollfd link = { .fd = harness->link, .events = POLLIN };
        struct timespec timeout = { .tv_nsec = left };

        if (ppoll(&link, 1, &timeout, NULL) > 0) {
            receive_rest(harness);
            if (link.revents & POLLHUP)
                return;
        }
        left = until - now_ns();
    }
    send_signal(harness, SIGKILL);
}

static bool start_successor(struct role_harness *harness)
{
    bool is_ending;

    pthread_mutex_lock(&harness->starting);
    is_ending = harness->is_ending;
    if (!is_ending && harness->before_successor)
        harness->before_successor(harness);
    if (!is_ending && harness_spawn(harness)) {
        harness->errors++;
        is_ending = true;
    }
    if (!is_ending && harness->random_kills) {
        harness->random_kills--;
        kill_soon(harness);
    } else if (!is_ending) {
        /* If the role was killed meanwhile, harness_wait() tells so by its
         * status. */
        harness_await_ready(harness);
    }
    pthread_mutex_unlock(&harness->starting);
    return !is_ending;
}

static void *supervise(void *opaque)
{
    struct role_harness *harness = opaque;

    do {
        int status = harness_wait(harness);

        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
            harness->kills++;
        } else if (status || !harness->is_ending) {
            harness->errors++;
            fprintf(stderr, "# the role ended with wait status %x: %s\n",
                    status, harness->failure);
            return NULL;
        }
    } while (start_successor(harness));
    return NULL;
}

int harness_supervise(struct role_harness *harness)
{
    harness->is_ending = false;
    pthread_mutex_init(&harness->starting, NULL);
    return pthread_create(&harness->thread, NULL, supervise, harness);
}

void harness_await_random_kills(struct role_harness *harness)
{
    /* The thread holds the lock for as long as it starts and kills. */
    for (;;) {
        bool is_done;

        pthread_mutex_lock(&harness->starting);
        is_done = harness->random_kills == 0 || harness->errors;
        pthread_mutex_unlock(&harness->starting);
        if (is_done)
            return;
        sched_yield();
    }
}

int harness_rest(struct role_harness *harness)
{
    pthread_mutex_lock(&harness->starting);
    harness->is_ending = true;
    if (harness->pid)
        harness_send(harness, ROLE_STOP);
    pthread_mutex_unlock(&harness->starting);
    pthread_join(harness->thread, NULL);
    if (harness->before_successor)
        harness->before_successor(harness);
    return harness_start(harness);
}

size_t harness_output(struct role_harness *harness, void *buffer,
                      size_t bytes)
{
    uint64_t cursor = 0, missed;

    return out_ring_read(&harness->out, &cursor, buffer, bytes, &missed);
}
