/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile_acts.c - the worst that fallen roles can do to the memory and the
 * FIFOs that they share with others
 */
#define _GNU_SOURCE
#include "trust/hostile_acts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/descriptors.h"
#include "shared/role_link.h"
#include "shared/wake.h"
#include "trust/hostile_role.h"

#define GUESTS_MAX  8
#define TOKENS      4096
#define ACTS_A_TURN 2000
#define FIRST_FD    32 /* beyond HOSTILE_FDS */

/* What the process has; set before it is forked. */
static struct {
    struct role_guest *guests;
    unsigned int count;
    int wakes[GUESTS_MAX]; /* the uart roles' FIFOs */
    int net_wake;
    int link;
    enum hostile_what what;
    unsigned int seed;
} hostile;

static unsigned int dice(unsigned int sides)
{
    return (unsigned int)rand_r(&hostile.seed) % sides;
}

static uint64_t dice64(void)
{
    return (uint64_t)rand_r(&hostile.seed) << 33 ^
           (uint64_t)rand_r(&hostile.seed) << 11 ^
           (uint64_t)rand_r(&hostile.seed) >> 7;
}

static void scribble(void *at, size_t bytes)
{
    uint8_t *byte = at;

    while (bytes-- > 0)
        *byte++ = dice(256);
}

static void flood(int fd)
{
    char tokens[TOKENS];

    memset(tokens, 'w', sizeof(tokens));
    if (write(fd, tokens, sizeof(tokens)) < 0)
        return; /* it is full */
}

static void take_tokens(int fd)
{
    char tokens[TOKENS];

    if (read(fd, tokens, sizeof(tokens)) < 0)
        return;
}

/* Anything that is a message, or none. */
static void talk(void)
{
    struct role_message message = { 0 };
    struct iovec part = { &message, sizeof(message) };

    scribble(&message, 64);
    message.type = dice(ROLE_MESSAGE_TYPES + 2);
    part.iov_len -= dice(2);
    if (descriptors_send(hostile.link, &part, 1, &hostile.link, dice(2),
                         MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return; /* nobody hears it */
}

/* The act of the next turn: which wakes, and which takes wake-ups away? */
static unsigned int choose(unsigned int wakes, unsigned int takes)
{
    switch (hostile.what) {
    case HOSTILE_WAKES: return wakes;
    case HOSTILE_THIEF: return takes;
    default: return dice(8);
    }
}

/* ---- the net role ---- */

/* Types as an honest one does, so that its ring is believed for a while. */
static void type(struct role_guest *guest)
{
    uint64_t in_tail = atomic_load(&guest->harness.out.header->report.in_tail);
    uint8_t bytes[64];

    scribble(bytes, sizeof(bytes));
    in_ring_write(&guest->harness.in, in_tail, bytes, 1 + dice(64));
}

static void spoil(struct role_guest *guest)
{
    struct in_ring_header *in = guest->harness.in.header;

    switch (dice(8)) {
    case 0: scribble(guest->harness.in.file.data, IN_RING_BYTES); break;
    case 1: atomic_store(&in->head, in->head + dice(3) - 1); break;
    case 2: atomic_store(&in->net_sleeps, dice64()); break;
    case 3: atomic_store(&in->wants_room, dice(2)); break;
    case 4: atomic_store(&in->clients, dice64()); break;
    case 5: atomic_store(&in->pty_cursor, dice64()); break;
    case 6: scribble(&in->file, sizeof(in->file)); break;
    case 7:
        if (dice(100) == 0) /* after that nothing of it is believed */
            atomic_store(&in->head, dice64());
        break;
    }
}

static void act_as_net(unsigned int act)
{
    unsigned int n = dice(hostile.count);
    struct role_guest *guest = &hostile.guests[n];

    switch (act) {
    case 0: flood(hostile.wakes[n]); break;
    case 1: take_tokens(hostile.wakes[n]); break;
    case 2: take_tokens(hostile.net_wake); break;
    case 3: spoil(guest); break;
    case 4: type(guest); break;
    case 5: talk(); break;
    case 6: break; /* it computes */
    }
}

static long be_net(const void *unused)
{
    unsigned int i, act;

    (void)unused;
    for (;;) {
        /* Each act without a pause for a while, and then all of them. */
        act = choose(0, 1);
        for (i = 0; i < ACTS_A_TURN; i++)
            act_as_net(act < 7 ? act : dice(7));
    }
    return 0;
}

/* ---- a uart role ---- */

/* All that it writes is its own console's, but for the FIFO. */
static void act_as_uart(unsigned int act)
{
    struct out_ring_header *out = hostile.guests->harness.out.header;

    switch (act) {
    case 0: flood(hostile.net_wake); break;
    case 1: take_tokens(hostile.net_wake); break;
    case 2: take_tokens(hostile.wakes[0]); break;
    case 3: talk(); break;
    case 4: atomic_store(&out->report.in_tail, dice64()); break;
    case 5: atomic_store(&out->head, dice64()); break;
    case 6: atomic_store(&out->tail, dice64()); break;
    }
}

static long be_uart(const void *unused)
{
    unsigned int i, act;

    (void)unused;
    for (;;) {
        act = choose(0, 1);
        for (i = 0; i < ACTS_A_TURN; i++)
            act_as_uart(act < 7 ? act : dice(7));
    }
    return 0;
}

/* ---- begin and end ---- */

static int open_fifo(const char *path, int (*open_it)(const char *path))
{
    int fd = open_it(path), high = fd < 0 ? -1
                                          : fcntl(fd, F_DUPFD, FIRST_FD);

    if (fd >= 0)
        close(fd);
    return high;
}

static pid_t start(enum hostile_kind kind, long (*run)(const void *argument))
{
    int link[2];
    unsigned int i;
    pid_t pid;

    /* The other end does not listen: what a supervisor makes of it is shown by
     * its own tests. */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link))
        return -1;
    hostile.link = fcntl(link[0], F_DUPFD, FIRST_FD);
    close(link[0]);
    pid = hostile_role_start(kind, run, NULL);
    close(hostile.link);
    close(link[1]);
    close(hostile.net_wake);
    for (i = 0; i < hostile.count; i++)
        close(hostile.wakes[i]);
    return pid;
}

static void net_wake_path(char path[4096], const struct role_guest *guest)
{
    snprintf(path, 4096, "%s/net.wake", guest->harness.directory);
}

static void take_consoles(struct role_guest *guests, unsigned int count,
                          int (*open_net_wake)(const char *path))
{
    char path[4096];
    unsigned int i;

    hostile.guests = guests;
    hostile.count = count;
    net_wake_path(path, &guests[0]);
    hostile.net_wake = open_fifo(path, open_net_wake);
    for (i = 0; i < count; i++) {
        harness_path(&guests[i].harness, path, "uart.wake");
        hostile.wakes[i] = open_fifo(path, wake_open);
    }
}

pid_t hostile_net_start(struct role_guest *guests, unsigned int count,
                        enum hostile_what what, unsigned int seed)
{
    hostile.what = what;
    hostile.seed = seed;
    take_consoles(guests, count, wake_open);
    return start(HOSTILE_NET_PACKET, be_net);
}

/* Whether a descriptor of the process can be read. */
static bool is_readable(pid_t pid, unsigned int fd)
{
    char path[64], line[128];
    unsigned int flags = O_WRONLY;
    FILE *info;

    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%u", (int)pid, fd);
    info = fopen(path, "re");
    while (info && fgets(line, sizeof(line), info))
        if (sscanf(line, "flags: %o", &flags) == 1)
            break;
    if (info)
        fclose(info);
    return (flags & O_ACCMODE) != O_WRONLY;
}

/* Whether the role has that file open, and can read it. */
static bool can_read(pid_t pid, const char *wanted)
{
    char path[64], target[4096];
    unsigned int fd;

    for (fd = 0; fd < FIRST_FD; fd++) {
        ssize_t length;

        snprintf(path, sizeof(path), "/proc/%d/fd/%u", (int)pid, fd);
        length = readlink(path, target, sizeof(target) - 1);
        target[length > 0 ? length : 0] = '\0';
        if (!strcmp(target, wanted) && is_readable(pid, fd))
            return true;
    }
    return false;
}

/* Maps the console's out ring as its role has it. */
static int take_out_ring(struct role_guest *own)
{
    char path[4096];

    out_ring_close(&own->harness.out);
    harness_path(&own->harness, path, "out");
    return out_ring_open_writer(&own->harness.out, path);
}

pid_t hostile_uart_start(struct role_guest *own, enum hostile_what what,
                         unsigned int seed)
{
    char path[4096];
    bool is_reader;

    hostile.what = what;
    hostile.seed = seed;
    net_wake_path(path, own);
    if (!own->harness.pid && harness_start(&own->harness))
        return -1;
    is_reader = can_read(own->harness.pid, path);
    harness_kill(&own->harness);
    if (take_out_ring(own))
        return -1;
    take_consoles(own, 1, is_reader ? wake_open : wake_open_writer);
    return start(HOSTILE_UART, be_uart);
}

bool hostile_acts_end(pid_t pid)
{
    int status = 0;

    kill(pid, SIGKILL);
    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGKILL;
}
