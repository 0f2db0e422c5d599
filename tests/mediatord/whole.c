/* SPDX-License-Identifier: BSD-2-Clause */
/* whole.c - all of mediatord on the fake Xen, with many guests that write */
#define _GNU_SOURCE
#include "mediatord/whole.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl/control_client.h"
#include "fake-xen/fake_setup.h"
#include "shared/log.h"

#define CARD         "netdev:none"
#define THR          0x3f8
#define STRING_AT    0x1000
#define STRING_BYTES 256
#define STREAM_BYTES 4096    /* of the first guest's strings */
#define PAUSE_NS     5000000 /* between two strings */
#define POLL_NS      5000000

/* ---- time ---- */

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void pause_ns(long nanoseconds)
{
    const struct timespec pause = { .tv_nsec = nanoseconds };

    nanosleep(&pause, NULL);
}

/* ---- mediatord ---- */

/* A role gives up root's rights for those of an ordinary user. */
static const char *role_user(void)
{
    const struct passwd *entry = getpwuid(geteuid());

    return geteuid() == 0 || !entry ? "nobody" : entry->pw_name;
}

static int write_config(const struct whole *whole)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s.cfg", whole->directory);
    file = fopen(path, "we");
    if (!file)
        return log_errno("whole: cannot write %s", path);
    fprintf(file, "nic = \"" CARD "\"\nuart_user = \"%s\"\n"
            "net_user = \"%s\"\n", role_user(), role_user());
    return fclose(file) ? log_errno("whole: cannot write %s", path) : 0;
}

/* In the child, between fork and exec. */
static void exec_mediatord(const struct whole *whole)
{
    char program[4096], config[128], directory[128], log[128];
    ssize_t length = readlink("/proc/self/exe", program,
                              sizeof(program) - 16);
    int fd;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    snprintf(config, sizeof(config), "--config=%s.cfg", whole->directory);
    snprintf(directory, sizeof(directory), "--directory=%s",
             whole->directory);
    snprintf(log, sizeof(log), "%s.log", whole->directory);
    fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (length < 0 || fd < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(126);
    program[length] = '\0';
    strcpy(strrchr(program, '/'), "/mediatord");
    execl(program, "mediatord", config, directory, NULL);
    _exit(127);
}

int whole_start_mediatord(struct whole *whole)
{
    fflush(NULL);
    whole->pid = fork();
    if (whole->pid < 0) {
        whole->pid = 0;
        return log_errno("whole: cannot fork");
    }
    if (whole->pid == 0)
        exec_mediatord(whole);
    return 0;
}

/* What mediatord and its roles said, when a test fails. */
static void print_log(const struct whole *whole)
{
    char path[128], line[512];
    FILE *log;

    snprintf(path, sizeof(path), "%s.log", whole->directory);
    log = fopen(path, "re");
    while (log && fgets(line, sizeof(line), log))
        fprintf(stderr, "# %s", line);
    if (log)
        fclose(log);
}

int whole_stop_mediatord(struct whole *whole, int patience_ms)
{
    int64_t start = now_ns(), limit = start + patience_ms * 1000000LL;
    pid_t pid = whole->pid, ended;

    if (!pid || kill(pid, SIGTERM))
        return -1;
    while ((ended = waitpid(pid, NULL, WNOHANG)) == 0 && now_ns() < limit)
        pause_ns(POLL_NS);
    if (!ended) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    whole->pid = 0;
    return (now_ns() - start) / 1000000;
}

/* ---- requests ---- */

/* The answer to one, or NULL; what it says of failures is not told. */
static json_object *ask(const struct whole *whole, json_object *request,
                        int *fd)
{
    char problem[CONTROL_PROBLEM_BYTES];

    return control_ask_for_fd(whole->directory, request, fd, problem);
}

int whole_await_requests(struct whole *whole)
{
    int64_t limit = now_ns() + WHOLE_TIMEOUT_MS * 1000000LL;
    json_object *answer = NULL;
    int fd;

    while (!answer && now_ns() < limit && !waitpid(whole->pid, NULL, WNOHANG))
    {
        answer = ask(whole, control_request("status"), &fd);
        if (!answer)
            pause_ns(POLL_NS);
    }
    if (!answer) {
        print_log(whole);
        return log_error("whole: mediatord takes no requests");
    }
    json_object_put(answer);
    return 0;
}

static json_object *request_about(const char *verb, unsigned int guest)
{
    json_object *request = control_request(verb);
    char name[16];

    snprintf(name, sizeof(name), "g%u", guest + 1);
    control_add(request, "guest", name);
    return request;
}

static int serve(struct whole *whole, unsigned int guest)
{
    json_object *request = request_about("serve", guest), *answer;
    char options[64];
    int fd;

    snprintf(options, sizeof(options), "mode=virtual;tcp=%u;history=16K",
             2000 + guest);
    control_add(request, "options", options);
    answer = ask(whole, request, &fd);
    if (!control_exit_status(answer))
        return 0;
    print_log(whole);
    return log_error("whole: guest %u is not served", guest + 1);
}

int whole_attach(struct whole *whole, unsigned int guest)
{
    json_object *answer;
    int fd;

    answer = ask(whole, request_about("attach", guest), &fd);
    json_object_put(answer);
    return fd;
}

/* ---- processes ---- */

/* Whether the process has both of these arguments. */
static bool has_arguments(const char *pid, const char *first,
                          const char *second)
{
    char path[300], text[4096];
    int fd;
    ssize_t bytes;

    snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    bytes = fd < 0 ? 0 : read(fd, text, sizeof(text));
    if (fd >= 0)
        close(fd);
    return bytes > 0 && memmem(text, bytes, first, strlen(first) + 1) &&
           memmem(text, bytes, second, strlen(second) + 1);
}

/* Of this mediatord's processes, the one that has such an argument. */
static pid_t find_process(const struct whole *whole, const char *argument)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    char directory[128];
    pid_t pid = 0;

    snprintf(directory, sizeof(directory), "--directory=%s",
             whole->directory);
    while (!pid && processes && (entry = readdir(processes)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            has_arguments(entry->d_name, directory, argument))
            pid = atoi(entry->d_name);
    if (processes)
        closedir(processes);
    return pid;
}

pid_t whole_uart_role(struct whole *whole, unsigned int guest)
{
    char label[32];

    snprintf(label, sizeof(label), "--label=g%u/com1", guest + 1);
    return find_process(whole, label);
}

pid_t whole_net_role(struct whole *whole)
{
    return find_process(whole, "--nic=" CARD);
}

/* ---- guests ---- */

static void *write_strings(void *opaque)
{
    struct whole_guest *guest = opaque;
    bool is_first = guest == guest->whole->guests;
    int64_t start, took;

    while (!atomic_load(&guest->whole->is_over)) {
        start = now_ns();
        if (fake_rep(&guest->guest, 0, false, THR, 1, STRING_AT,
                     is_first ? STREAM_BYTES : STRING_BYTES,
                     false) != FAKE_GUEST_OK) {
            atomic_fetch_add(&guest->failures, 1);
            return NULL;
        }
        took = now_ns() - start;
        if (took > atomic_load(&guest->longest_ns))
            atomic_store(&guest->longest_ns, took);
        atomic_fetch_add(&guest->accesses, 1);
        pause_ns(PAUSE_NS);
    }
    return NULL;
}

int whole_write(struct whole *whole)
{
    unsigned int i;

    for (i = 0; i < whole->count; i++) {
        if (pthread_create(&whole->guests[i].thread, NULL, write_strings,
                           &whole->guests[i]))
            return log_error("whole: cannot make a thread");
        whole->guests[i].is_running = true;
    }
    return 0;
}

int whole_await_guests(struct whole *whole)
{
    int64_t limit = now_ns() + WHOLE_TIMEOUT_MS * 1000000LL;
    uint64_t before[WHOLE_GUESTS_MAX];
    unsigned int i;

    for (i = 0; i < whole->count; i++)
        before[i] = atomic_load(&whole->guests[i].accesses);
    for (i = 0; i < whole->count; i++)
        while (atomic_load(&whole->guests[i].accesses) == before[i]) {
            if (atomic_load(&whole->guests[i].failures) ||
                now_ns() > limit) {
                print_log(whole);
                return log_error("whole: guest %u got no answer", i + 1);
            }
            pause_ns(POLL_NS);
        }
    return 0;
}

int whole_longest(struct whole *whole, unsigned int guest)
{
    return atomic_load(&whole->guests[guest].longest_ns) / 1000000;
}

int whole_longest_but(struct whole *whole, unsigned int guest)
{
    int longest = 0, one;
    unsigned int i;

    for (i = 0; i < whole->count; i++) {
        one = i == guest ? 0 : whole_longest(whole, i);
        longest = one > longest ? one : longest;
    }
    return longest;
}

void whole_forget_longest(struct whole *whole)
{
    unsigned int i;

    for (i = 0; i < whole->count; i++)
        atomic_store(&whole->guests[i].longest_ns, 0);
}

/* ---- all of it ---- */

/* The fake hypervisor has a descriptor for each handle that anybody has. */
static void allow_many_descriptors(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int make_guest(struct whole *whole, unsigned int guest)
{
    char name[16];

    whole->guests[guest].whole = whole;
    snprintf(name, sizeof(name), "g%u", guest + 1);
    if (fake_domain_create(guest + 1, name, 1) ||
        fake_guest_attach(&whole->guests[guest].guest, guest + 1))
        return log_errno("whole: cannot make domain %u", guest + 1);
    return 0;
}

int whole_start(struct whole *whole, unsigned int count)
{
    int64_t start = now_ns();
    unsigned int i;
    int rc = 0;

    memset((void *)whole, 0, sizeof(*whole));
    whole->count = count;
    allow_many_descriptors();
    fake_xen_start();
    snprintf(whole->directory, sizeof(whole->directory), "%s/run",
             fake_xen_directory());
    for (i = 0; !rc && i < count; i++)
        rc = make_guest(whole, i);
    rc = rc ? rc : write_config(whole);
    rc = rc ? rc : whole_start_mediatord(whole);
    rc = rc ? rc : whole_await_requests(whole);
    for (i = 0; !rc && i < count; i++)
        rc = serve(whole, i);
    whole->start_ms = (now_ns() - start) / 1000000;
    return rc;
}

int whole_end(struct whole *whole)
{
    uint32_t failures = 0;
    unsigned int i;

    fake_store_become(FAKE_STORE_WORKS);
    atomic_store(&whole->is_over, true);
    for (i = 0; i < whole->count; i++) {
        struct whole_guest *guest = &whole->guests[i];

        if (guest->is_running)
            pthread_join(guest->thread, NULL);
        failures += atomic_load(&guest->failures);
    }
    if (whole->pid && whole_stop_mediatord(whole, WHOLE_TIMEOUT_MS) < 0)
        failures++;
    for (i = 0; i < whole->count; i++)
        fake_guest_detach(&whole->guests[i].guest);
    return fake_xen_stop() || failures ? -1 : 0;
}
