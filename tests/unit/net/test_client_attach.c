/* SPDX-License-Identifier: BSD-2-Clause */
/* test_client_attach.c - clients in dom0, over socket pairs and real ptys */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "net/net_console.h"
#include "net/client_fd.h"

#include "unit/net/console_rings.h"
#include "unit/net/fake_console_server.h"
#include "unit/unit.h"

#define PATIENCE_MS 10000

static struct console_server console;
static struct ev_loop *loop;

static uint8_t shown[1u << 20];
static size_t shown_bytes;
static uint64_t next; /* of the last frame */

/* ---- the tests' words ---- */

static uint8_t stream_byte(uint64_t n)
{
    return (uint8_t)('a' + n * 7 % 26);
}

static void put(uint64_t bytes)
{
    uint64_t n = atomic_load(&guest_out.header->head);

    for (; bytes > 0; bytes--, n++)
        out_ring_put(&guest_out, n, stream_byte(n));
}

/* All that can happen without waiting. */
static void turn_loop(void)
{
    int i;

    for (i = 0; i < 20; i++) {
        console_input_resume(&console);
        local_clients_send(&console);
        ev_run(loop, EVRUN_NOWAIT);
    }
}

static void add(int fd, enum role_local kind, uint64_t from,
                bool is_read_only)
{
    struct role_message message = {
        .type = ROLE_ADD_LOCAL, .value = kind, .from = from,
        .is_read_only = is_read_only,
    };

    local_client_add(&console, fd, &message);
}

/* mediatorctl's end. */
static int attach(uint64_t from, bool is_read_only)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
                                pair), 0);
    add(pair[0], ROLE_LOCAL_ATTACH, from, is_read_only);
    return pair[1];
}

/* Takes the frames that are there; false: the socket is closed. */
static bool show(int fd)
{
    struct attach_frame frame;
    ssize_t bytes;

    while ((bytes = recv(fd, &frame, sizeof(frame), 0)) > 0) {
        assert_in_range(bytes, ATTACH_HEADER_BYTES + 1, sizeof(frame));
        bytes -= ATTACH_HEADER_BYTES;
        memcpy(shown + shown_bytes, frame.bytes, bytes);
        shown_bytes += bytes;
        next = frame.next;
    }
    return bytes < 0;
}

static void assert_shown(uint64_t from, uint64_t end)
{
    uint64_t i;

    assert_int_equal(shown_bytes, end - from);
    for (i = from; i < end; i++)
        assert_int_equal(shown[i - from], stream_byte(i));
}

/* Where what was shown ends: the stream from byte 0 on, with notices in the
 * place of as many bytes as they name. */
static uint64_t shown_until(unsigned int *notices)
{
    uint64_t n = 0, missed;
    size_t at = 0;
    int length;

    shown[shown_bytes] = '\0';
    *notices = 0;
    while (at < shown_bytes) {
        if (shown[at] != '\r') {
            assert_int_equal(shown[at++], stream_byte(n++));
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

/* A pty as the supervisor makes it; returns the slave. */
static int open_pty(int *master)
{
    struct termios settings;
    int slave;

    *master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(*master >= 0 && !grantpt(*master) && !unlockpt(*master));
    slave = open(ptsname(*master), O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(slave >= 0 && !tcgetattr(slave, &settings));
    cfmakeraw(&settings);
    assert_int_equal(tcsetattr(slave, TCSANOW, &settings), 0);
    return slave;
}

static void wait_readable(int fd)
{
    struct pollfd state = { .fd = fd, .events = POLLIN };

    assert_int_equal(poll(&state, 1, PATIENCE_MS), 1);
}

/* What the pty's reader sees, until it is so much. */
static void show_pty(int slave, size_t bytes)
{
    while (shown_bytes < bytes) {
        ssize_t count;

        turn_loop();
        wait_readable(slave);
        count = read(slave, shown + shown_bytes, sizeof(shown) - shown_bytes);
        assert_true(count > 0);
        shown_bytes += count;
    }
}

static void consume(uint64_t bytes)
{
    guest_out.header->in_tail += bytes;
}

static int open_console(void **state)
{
    (void)state;
    shown_bytes = next = missed_sum = 0;
    ptys_let_go = 0;
    signal(SIGPIPE, SIG_IGN);
    loop = ev_loop_new(EVBACKEND_EPOLL);
    local_clients_init(loop);
    return console_rings_open(&console);
}

static int close_console(void **state)
{
    (void)state;
    local_clients_close(&console);
    ev_loop_destroy(loop);
    return console_rings_close(&console);
}

/* ---- output ---- */

static void main_attached_client_gets_the_history_and_then_the_rest(
    void **state)
{
    int client;

    (void)state;
    put(1000);
    client = attach(0, false);
    turn_loop();
    assert_true(show(client));
    assert_shown(0, 1000);
    put(500);
    turn_loop();
    assert_true(show(client));
    assert_shown(0, 1500);
    assert_int_equal(next, 1500);
    close(client);
}

static void main_attached_again_nothing_comes_twice(void **state)
{
    int client;

    (void)state;
    put(1000);
    client = attach(0, false);
    turn_loop();
    show(client);
    close(client);
    turn_loop();
    assert_null(console.locals);
    put(10);
    client = attach(next, false);
    turn_loop();
    show(client);
    assert_shown(0, 1010);
    close(client);
}

static void main_stopped_local_client_is_told_what_it_missed(void **state)
{
    static const char notice[] = "\r\n[mediatord: 904 bytes missed]\r\n";
    int client;

    (void)state;
    put(RING_BYTES + 904);
    client = attach(0, false);
    turn_loop();
    show(client);
    assert_memory_equal(shown, notice, sizeof(notice) - 1);
    assert_int_equal(shown_bytes, RING_BYTES + sizeof(notice) - 1);
    assert_int_equal(next, RING_BYTES + 904);
    assert_int_equal(missed_sum, 904);
    close(client);
}

static void main_full_socket_slows_no_other_client(void **state)
{
    int stopped = attach(0, false), other = attach(0, false);
    uint64_t written = 0;
    unsigned int notices;

    (void)state;
    while (written < 2000000) {
        put(2000);
        written += 2000;
        turn_loop();
        assert_true(show(other));
        assert_int_equal(shown_bytes, 2000);
        shown_bytes = 0;
    }
    /* It wakes up: what its socket held, a notice, the newest. */
    do {
        turn_loop();
        assert_true(show(stopped));
    } while (next < written);
    assert_int_equal(shown_until(&notices), written);
    assert_int_equal(notices, 1);
    close(stopped);
    close(other);
}

/* ---- input ---- */

static void main_what_a_local_client_types_is_in_the_ring(void **state)
{
    int client = attach(0, false);
    char typed[8];

    (void)state;
    assert_int_equal(send(client, "hello", 5, 0), 5);
    turn_loop();
    assert_int_equal(in_ring_read(&guest_in, 0, typed, sizeof(typed)), 5);
    assert_memory_equal(typed, "hello", 5);
    close(client);
}

static void main_read_only_local_client_types_nothing(void **state)
{
    int client = attach(0, true);

    (void)state;
    send(client, "hello", 5, 0);
    turn_loop();
    close(client);
    console.options.is_read_only = true;
    client = attach(0, false);
    send(client, "hello", 5, 0);
    turn_loop();
    assert_int_equal(guest_in.header->head, 0);
    close(client);
}

static void main_full_ring_stops_reading_from_a_local_client(void **state)
{
    static uint8_t typed[ATTACH_INPUT_MAX];
    int client = attach(0, false);
    uint64_t sent = 0;

    (void)state;
    memset(typed, 'x', sizeof(typed));
    while (send(client, typed, sizeof(typed), 0) == (int)sizeof(typed)) {
        sent += sizeof(typed);
        turn_loop();
        assert_true(sent < 16u << 20);
    }
    assert_int_equal(guest_in.header->head, IN_RING_BYTES);
    assert_int_equal(guest_in.header->wants_room, 1);
    while (guest_in.header->head < sent) {
        consume(guest_in.header->head - guest_out.header->in_tail);
        turn_loop();
    }
    assert_int_equal(guest_in.header->wants_room, 0);
    close(client);
}

static void main_flooder_in_dom0_who_leaves_frees_its_place(void **state)
{
    static uint8_t typed[ATTACH_INPUT_MAX];
    int client = attach(0, false);

    (void)state;
    while (send(client, typed, sizeof(typed), 0) == (int)sizeof(typed))
        turn_loop();
    close(client);
    turn_loop();
    assert_non_null(console.locals);
    local_clients_check();
    turn_loop();
    assert_null(console.locals);
    assert_int_equal(guest_in.header->wants_room, 0);
}

/* ---- places ---- */

static void main_one_attached_client_too_many_is_told_so(void **state)
{
    int fds[LOCAL_ATTACHED_MAX], late, i;

    (void)state;
    for (i = 0; i < LOCAL_ATTACHED_MAX; i++)
        fds[i] = attach(0, false);
    late = attach(0, false);
    assert_false(show(late));
    assert_true(next == ATTACH_REFUSED);
    shown[shown_bytes] = '\0';
    assert_non_null(strstr((char *)shown, "attached already"));
    close(late);
    close(fds[0]);
    turn_loop();
    late = attach(0, false);
    turn_loop();
    assert_true(show(late));
    for (i = 1; i < LOCAL_ATTACHED_MAX; i++)
        close(fds[i]);
    close(late);
}

static void main_console_that_goes_sends_the_rest_and_closes(void **state)
{
    int client = attach(0, false);

    (void)state;
    turn_loop();
    put(700);
    local_clients_close(&console);
    assert_false(show(client));
    assert_shown(0, 700);
    close(client);
}

/* ---- ptys ---- */

/* Its socket was full, and there is room again. */
static void main_console_that_goes_sends_to_who_reads_again(void **state)
{
    int client = attach(0, false), i;
    unsigned int notices;

    (void)state;
    for (i = 0; i < 400; i++) {
        put(RING_BYTES / 2);
        turn_loop();
    }
    assert_true(show(client));
    local_clients_close(&console);
    assert_false(show(client));
    assert_int_equal(shown_until(&notices), 400 * RING_BYTES / 2);
    assert_int_equal(notices, 1);
    close(client);
}

static void main_pty_reader_gets_the_history_and_types(void **state)
{
    int master, slave = open_pty(&master);
    char typed[8];

    (void)state;
    put(3000);
    add(master, ROLE_LOCAL_PTY, 1000, false);
    show_pty(slave, 2000);
    assert_shown(1000, 3000);
    assert_int_equal(guest_in.header->pty_cursor, 3000);
    assert_int_equal(write(slave, "hi", 2), 2);
    wait_readable(master);
    turn_loop();
    assert_int_equal(in_ring_read(&guest_in, 0, typed, sizeof(typed)), 2);
    assert_memory_equal(typed, "hi", 2);
    close(slave);
}

static void main_pty_reader_who_stops_is_told_what_it_missed(void **state)
{
    int master, slave = open_pty(&master), i;
    unsigned int notices;

    (void)state;
    add(master, ROLE_LOCAL_PTY, 0, false);
    for (i = 0; i < 100; i++) {
        put(1000);
        turn_loop();
    }
    do
        show_pty(slave, shown_bytes + 1);
    while (guest_in.header->pty_cursor < 100000);
    put(1);
    while (shown[shown_bytes - 1] != stream_byte(100000) ||
           shown_until(&notices) <= 100000)
        show_pty(slave, shown_bytes + 1);
    assert_int_equal(shown_until(&notices), 100001);
    assert_true(notices > 0);
    close(slave);
}

static void main_pty_that_nobody_has_open_is_let_go(void **state)
{
    int master, slave = open_pty(&master), other = attach(0, false);
    int kept = dup(master);
    char path[64];

    (void)state;
    assert_int_equal(ptsname_r(kept, path, sizeof(path)), 0);
    add(master, ROLE_LOCAL_PTY, 0, false);
    turn_loop();
    assert_int_equal(ptys_let_go, 0);
    close(slave);
    turn_loop();
    assert_int_equal(ptys_let_go, 1);
    assert_ptr_equal(console.locals->next, NULL);
    /* The supervisor's copy keeps it in the kernel's epoll set. */
    slave = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_int_equal(write(slave, "x", 1), 1);
    wait_readable(kept);
    put(10);
    turn_loop();
    assert_true(show(other));
    assert_shown(0, 10);
    assert_int_equal(guest_in.header->head, 0);
    close(kept);
    close(slave);
    close(other);
}

/* epoll reports a hang-up to who waits to write, but no write says it. */
static void main_full_pty_is_let_go_though_nothing_is_read(void **state)
{
    static uint8_t typed[ATTACH_INPUT_MAX];
    int master, slave = open_pty(&master), kept = dup(master), i;

    (void)state;
    add(master, ROLE_LOCAL_PTY, 0, false);
    for (i = 0; i < 100; i++) {
        put(1000);
        turn_loop();
        while (write(slave, typed, sizeof(typed)) > 0)
            turn_loop();
    }
    assert_true(local_clients_hold(&console));
    close(slave);
    turn_loop();
    assert_int_equal(ptys_let_go, 1);
    assert_null(console.locals);
    close(kept);
}

#define local_test(name) \
    cmocka_unit_test_setup_teardown(name, open_console, close_console)

static const struct CMUnitTest tests[] = {
    local_test(main_attached_client_gets_the_history_and_then_the_rest),
    local_test(main_attached_again_nothing_comes_twice),
    local_test(main_stopped_local_client_is_told_what_it_missed),
    local_test(main_full_socket_slows_no_other_client),
    local_test(main_what_a_local_client_types_is_in_the_ring),
    local_test(main_read_only_local_client_types_nothing),
    local_test(main_full_ring_stops_reading_from_a_local_client),
    local_test(main_flooder_in_dom0_who_leaves_frees_its_place),
    local_test(main_one_attached_client_too_many_is_told_so),
    local_test(main_console_that_goes_sends_the_rest_and_closes),
    local_test(main_console_that_goes_sends_to_who_reads_again),
    local_test(main_pty_reader_gets_the_history_and_types),
    local_test(main_pty_reader_who_stops_is_told_what_it_missed),
    local_test(main_pty_that_nobody_has_open_is_let_go),
    local_test(main_full_pty_is_let_go_though_nothing_is_read),
};

UNIT_MAIN(tests)
