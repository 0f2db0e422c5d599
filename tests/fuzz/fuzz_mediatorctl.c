/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_mediatorctl.c - libFuzzer on mediatorctl, whole, which talks to a
 * mediatord gone mad
 *
 * The input chooses the verb, and is what comes back: answers, in any pieces,
 * with any descriptors, and the frames of attach_protocol.h.  mediatorctl ends
 * with one of its exit statuses, keeps no descriptor, asks by what
 * control_protocol.h says, and shows no byte that a terminal obeys, but for
 * what a guest wrote.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ctl/attach_terminal.h"
#include "ctl/control_client.h"
#include "fuzz/fuzz_support.h"
#include "shared/attach_protocol.h"
#include "shared/descriptors.h"
#include "shared/printable.h"

#define TEXT_BYTES   2048
#define PAD_BYTES    90000 /* more than mediatorctl's first buffer */
#define FRAMES_MAX   8

int mediatorctl_main(int argc, char **argv);

static struct {
    struct input input;
    int daemon;          /* mediatord's end of the last connection, or -1 */
    int frames;          /* the net role's end, or -1 */
    size_t piece_bytes;  /* mediatorctl receives so many at a time */
    uint64_t now_ms;
    bool is_terminal;
    int output;          /* standard output's file */
} world = { .daemon = -1, .frames = -1 };

/* ---- mediatord ---- */

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The last request is one line, an object with our version and a verb. */
static void check_request(void)
{
    char text[TEXT_BYTES];
    ssize_t bytes = world.daemon < 0 ? 0 : recv(world.daemon, text,
                                                sizeof(text), MSG_DONTWAIT);
    json_object *request, *value;

    if (bytes <= 0)
        return;
    claim(memchr(text, '\n', bytes) == text + bytes - 1);
    text[bytes - 1] = '\0';
    request = json_tokener_parse(text);
    claim(json_object_object_get_ex(request, "version", &value) &&
          json_object_get_int(value) == 1);
    claim(json_object_object_get_ex(request, "verb", &value));
    json_object_put(request);
}

static int make_frames(void)
{
    unsigned int count = take8(&world.input) % FRAMES_MAX;
    struct attach_frame frame;
    int pair[2];

    close_end(&world.frames);
    claim(!syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
                   pair));
    world.frames = pair[0];
    while (count-- > 0) {
        size_t bytes = take16(&world.input) % (sizeof(frame) + 8);
        const uint8_t *at = take(&world.input, &bytes);

        if (bytes > 0)
            send(pair[0], at, bytes, MSG_NOSIGNAL);
    }
    if (take8(&world.input) % 2)
        close_end(&world.frames);
    return pair[1];
}

static void send_part(const void *bytes, size_t count, int fd_count)
{
    struct iovec part = { (void *)bytes, count };
    int fds[DESCRIPTORS_MAX], i;

    for (i = 0; i < fd_count; i++)
        fds[i] = i == 0 ? make_frames() : dup(STDIN_FILENO);
    descriptors_send(world.daemon, &part, 1, fds, fd_count, MSG_DONTWAIT);
    for (i = 0; i < fd_count; i++)
        close(fds[i]);
}

static void answer(void)
{
    static char pad[PAD_BYTES];
    char text[TEXT_BYTES];
    uint8_t how = take8(&world.input);
    size_t bytes = take_text(&world.input, text, sizeof(text) - 1), sent = 0;

    world.piece_bytes = TEXT_BYTES * 8;
    if (how & 64)
        world.piece_bytes = 1 + take8(&world.input);
    if (how & 128) {
        world.piece_bytes += TEXT_BYTES; /* not tens of thousands of pieces */
        memset(pad, ' ', sizeof(pad));
        send_part(pad, sizeof(pad), 0);
    }
    if (how & 32)
        sent = bytes / 2;
    if (sent > 0)
        send_part(text, sent, 1);
    if (!(how & 16))
        text[bytes++] = '\n';
    send_part(text + sent, bytes - sent, how % (DESCRIPTORS_MAX + 1));
    shutdown(world.daemon, SHUT_WR);
}

/* ---- in the place of system calls (-Dsocket=fuzz_socket and so on) ---- */

int fuzz_socket(int family, int type, int protocol)
{
    int pair[2];

    (void)family;
    check_request();
    close_end(&world.daemon);
    if (world.input.at == world.input.end) {
        errno = ECONNREFUSED;
        return -1;
    }
    claim(!syscall(SYS_socketpair, AF_UNIX, type, protocol, pair));
    world.daemon = pair[0];
    answer();
    return pair[1];
}

int fuzz_connect(int fd, const struct sockaddr *address, socklen_t bytes)
{
    (void)fd;
    (void)address;
    (void)bytes;
    return 0;
}

ssize_t fuzz_recvmsg(int fd, struct msghdr *message, int flags)
{
    if (message->msg_iov->iov_len > world.piece_bytes)
        message->msg_iov->iov_len = world.piece_bytes;
    return syscall(SYS_recvmsg, fd, message, flags);
}

int fuzz_clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    now->tv_sec = world.now_ms / 1000;
    now->tv_nsec = world.now_ms % 1000 * 1000000;
    return 0;
}

/* Who would wait for ever finds the net role gone. */
int fuzz_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    int ready = syscall(SYS_poll, fds, count, 0);

    if (ready == 0 && timeout_ms < 0)
        close_end(&world.frames);
    else if (ready == 0)
        world.now_ms += timeout_ms;
    return ready || timeout_ms >= 0 ? ready
                                    : syscall(SYS_poll, fds, count, 0);
}

/* ---- in the place of attach_terminal.c ---- */

bool attach_terminal_begin(void)
{
    return world.is_terminal;
}

void attach_terminal_shown(const uint8_t *bytes, size_t count)
{
    (void)bytes;
    (void)count;
}

void attach_terminal_undo(void)
{
}

void attach_terminal_end(void)
{
}

void attach_say(const char *format, ...)
{
    char text[8192];
    va_list arguments;

    va_start(arguments, format);
    claim(vsnprintf(text, sizeof(text), format, arguments) >= 0);
    va_end(arguments);
}

/* ---- the command line ---- */

static void type(int *end)
{
    char text[TEXT_BYTES];
    int ends[2];
    size_t bytes = take_text(&world.input, text, 512);

    claim(!pipe2(ends, O_NONBLOCK) && dup2(ends[0], STDIN_FILENO) == 0);
    close(ends[0]);
    *end = ends[1];
    claim(write(ends[1], text, bytes) == (ssize_t)bytes);
}

/* What list and status print is for a terminal. */
static void check_output(void)
{
    static char text[1 << 20];
    ssize_t bytes = pread(world.output, text, sizeof(text) - 1, 0);
    const char *at = text;
    uint32_t character;
    bool is_printable;

    claim(bytes >= 0);
    text[bytes] = '\0';
    while (at < text + bytes) {
        size_t length = printable_character(at, &character, &is_printable);

        claim(is_printable || *at == '\n');
        at += length;
    }
}

static int run(uint8_t verb)
{
    static char *const verbs[][4] = {
        { "list" }, { "status" }, { "status", "--json" }, { "serve", "g" },
        { "break", "g", "com1" }, { "nic", "take" }, { "attach", "g" },
        { "attach", "--read-only", "g", "com1" },
    };
    char *argv[8] = { "mediatorctl", "--directory=." };
    int argc = 2, i, status;

    for (i = 0; i < 4 && verbs[verb % 8][i]; i++)
        argv[argc++] = verbs[verb % 8][i];
    optind = 0; /* getopt() begins anew */
    status = mediatorctl_main(argc, argv);
    fflush(stdout);
    if (verb % 8 < 6)
        check_output();
    return status;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    silence_stderr();
    world.output = memfd_create("output", MFD_CLOEXEC);
    claim(world.output >= 0 && dup2(world.output, STDOUT_FILENO) == 1);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    unsigned int descriptors = open_descriptors();
    int typing, status;
    uint8_t verb;

    world.input = (struct input){ data, data + bytes };
    verb = take8(&world.input);
    world.is_terminal = verb & 8;
    claim(!ftruncate(world.output, 0) && !lseek(world.output, 0, SEEK_SET));
    type(&typing);
    if (verb & 16)
        close_end(&typing);
    status = run(verb);
    claim(status >= EXIT_SUCCESS && status <= EXIT_NO_DAEMON);
    check_request();
    close_end(&world.daemon);
    close_end(&world.frames);
    close_end(&typing);
    claim(open_descriptors() == descriptors);
    return 0;
}
