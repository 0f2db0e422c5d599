/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_fixture.c - drives a console and libev's loop by hand, and compares
 * what a client was shown with what the guest wrote
 */
#include "unit/net/client_fixture.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "net/client_attach.h"
#include "net/client_fd.h"
#include "shared/attach_protocol.h"

#include "unit/net/console_rings.h"
#include "unit/unit.h"

struct net_console console;
uint8_t shown[1u << 20];
size_t shown_bytes;
uint64_t next;
unsigned int answers;

static struct ev_loop *loop;

int client_fixture_open(void **state)
{
    (void)state;
    shown_bytes = next = answers = 0;
    signal(SIGPIPE, SIG_IGN);
    loop = ev_loop_new(EVBACKEND_EPOLL);
    client_fd_init(loop);
    return console_rings_open(&console);
}

int client_fixture_close(void **state)
{
    (void)state;
    close_clients();
    ev_loop_destroy(loop);
    return console_rings_close(&console);
}

void turn_loop(void)
{
    int i;

    for (i = 0; i < 20; i++) {
        net_console_resume_input(&console);
        net_console_flush(&console);
        ev_run(loop, EVRUN_NOWAIT);
    }
}

void close_clients(void)
{
    while (console.clients)
        console.clients->ops->close(console.clients, 0);
}

struct role_message local_message(enum role_local kind, uint64_t from,
                                  bool is_read_only)
{
    return (struct role_message){
        .type = ROLE_ADD_LOCAL, .value = kind, .from = from,
        .is_read_only = is_read_only,
    };
}

void wait_readable(int fd)
{
    struct pollfd entry = { .fd = fd, .events = POLLIN };

    assert_int_equal(poll(&entry, 1, PATIENCE_MS), 1);
}

void consume(uint64_t bytes)
{
    guest_out.header->report.in_tail += bytes;
}

bool has_held_input(void)
{
    const struct client *client;

    for (client = console.clients; client; client = client->next)
        if (client->held_bytes > 0)
            return true;
    return false;
}

int attach(uint64_t from, bool is_read_only)
{
    struct role_message message = local_message(ROLE_LOCAL_ATTACH, from,
                                                is_read_only);
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
                                pair), 0);
    client_attach_add(&console, pair[0], &message);
    return pair[1];
}

bool show(int fd)
{
    struct attach_frame frame;
    ssize_t bytes;

    while ((bytes = recv(fd, &frame, sizeof(frame), 0)) > 0) {
        assert_in_range(bytes, ATTACH_HEADER_BYTES, sizeof(frame));
        bytes -= ATTACH_HEADER_BYTES;
        answers += bytes == 0;
        memcpy(shown + shown_bytes, frame.bytes, bytes);
        shown_bytes += bytes;
        next = frame.next;
    }
    return bytes < 0;
}

void assert_shown(uint64_t from, uint64_t end)
{
    uint64_t i;

    assert_int_equal(shown_bytes, end - from);
    for (i = from; i < end; i++)
        assert_int_equal(shown[i - from], guest_byte(i));
}

uint64_t shown_until(unsigned int *notices)
{
    uint64_t n = 0, missed;
    size_t at = 0;
    int length;

    shown[shown_bytes] = '\0';
    *notices = 0;
    while (at < shown_bytes) {
        if (shown[at] != '\r') {
            assert_int_equal(shown[at++], guest_byte(n++));
            continue;
        }
        length = 0;
        assert_int_equal(sscanf((char *)shown + at, "\r\n[mediatord: %" SCNu64
                                " bytes missed]%n", &missed, &length), 1);
        assert_true(length > 0);
        at += length + 2;
        n += missed;
        (*notices)++;
    }
    return n;
}
