/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_client_pty.c - a pty's reader as a client, over real ptys
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "net/client_pty.h"
#include "shared/attach_protocol.h"

#include "unit/net/client_fixture.h"
#include "unit/net/console_rings.h"
#include "unit/unit.h"

static unsigned int ptys_let_go; /* of which the supervisor was told */

/* In the place of role_link.c. */
int role_link_send_text(int link, enum role_message_type type,
                        uint32_t number, const char *text)
{
    assert_int_equal(link, ROLE_LINK_FD);
    assert_int_equal(type, ROLE_PTY_REMOVED);
    assert_int_equal(number, console.number);
    assert_string_equal(text, "");
    ptys_let_go++;
    return 0;
}

/* ---- the tests' words ---- */

/* Makes a pty as the supervisor does.  Returns the slave. */
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

static void add(int master, uint64_t from)
{
    struct role_message message = local_message(ROLE_LOCAL_PTY, from, false);

    client_pty_add(&console, master, &message);
}

/* The pty's reader reads until it was shown `bytes` bytes in all. */
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

static int open_console(void **state)
{
    ptys_let_go = 0;
    return client_fixture_open(state);
}

/* ---- what is true ---- */

static void main_pty_reader_gets_the_history_and_types(void **state)
{
    int master, slave = open_pty(&master);
    char typed[8];

    (void)state;
    guest_put(3000);
    add(master, 1000);
    show_pty(slave, 2000);
    assert_shown(1000, 3000);
    assert_int_equal(guest_in.header->pty_cursor, 3000);
    assert_int_equal(write(slave, "hi", 2), 2);
    wait_readable(master);
    turn_loop();
    assert_int_equal(in_ring_read(&guest_in, 0, typed, NULL, sizeof(typed)),
                     2);
    assert_memory_equal(typed, "hi", 2);
    close(slave);
}

static void main_pty_reader_who_stops_is_told_what_it_missed(void **state)
{
    int master, slave = open_pty(&master), i;
    unsigned int notices;

    (void)state;
    add(master, 0);
    for (i = 0; i < 100; i++) {
        guest_put(1000);
        turn_loop();
    }
    do
        show_pty(slave, shown_bytes + 1);
    while (guest_in.header->pty_cursor < 100000);
    guest_put(1);
    while (shown[shown_bytes - 1] != guest_byte(100000) ||
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
    add(master, 0);
    turn_loop();
    assert_int_equal(ptys_let_go, 0);
    close(slave);
    turn_loop();
    assert_int_equal(ptys_let_go, 1);
    assert_ptr_equal(console.clients->next, NULL);
    /* The supervisor's copy keeps the pty in the kernel's epoll set. */
    slave = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_int_equal(write(slave, "x", 1), 1);
    wait_readable(kept);
    guest_put(10);
    turn_loop();
    assert_true(show(other));
    assert_shown(0, 10);
    assert_int_equal(guest_in.header->head, 0);
    close(kept);
    close(slave);
    close(other);
}

/* epoll reports a hang-up to a client that waits to write, but write() does
 * not say it. */
static void main_full_pty_is_let_go_though_nothing_is_read(void **state)
{
    static uint8_t typed[ATTACH_INPUT_MAX];
    int master, slave = open_pty(&master), kept = dup(master), i;

    (void)state;
    add(master, 0);
    for (i = 0; i < 100; i++) {
        guest_put(1000);
        turn_loop();
        while (write(slave, typed, sizeof(typed)) > 0)
            turn_loop();
    }
    assert_true(has_held_input());
    close(slave);
    turn_loop();
    assert_int_equal(ptys_let_go, 1);
    assert_null(console.clients);
    close(kept);
}

#define pty_test(name) \
    cmocka_unit_test_setup_teardown(name, open_console, client_fixture_close)

static const struct CMUnitTest tests[] = {
    pty_test(main_pty_reader_gets_the_history_and_types),
    pty_test(main_pty_reader_who_stops_is_told_what_it_missed),
    pty_test(main_pty_that_nobody_has_open_is_let_go),
    pty_test(main_full_pty_is_let_go_though_nothing_is_read),
};

UNIT_MAIN(tests)
