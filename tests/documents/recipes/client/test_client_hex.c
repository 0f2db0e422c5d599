/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_client_hex.c - a client that reads in hexadecimal, over a real socket
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/client_hex.h"

#include "unit/net/client_fixture.h"
#include "unit/net/console_rings.h"
#include "unit/unit.h"

/* Returns the client's end. */
static int add(uint64_t from)
{
    struct role_message message = local_message(ROLE_LOCAL_HEX, from, false);
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
                                pair), 0);
    client_hex_add(&console, pair[0], &message);
    return pair[1];
}

static void main_hex_client_gets_the_history_in_digits(void **state)
{
    char text[16], wanted[16];
    int fd;

    (void)state;
    guest_put(3);
    fd = add(1);
    turn_loop();
    assert_int_equal(read(fd, text, sizeof(text)), 4);
    snprintf(wanted, sizeof(wanted), "%02x%02x", guest_byte(1),
             guest_byte(2));
    assert_memory_equal(text, wanted, 4);
    close(fd);
}

static void main_hex_client_types_as_any_other(void **state)
{
    int fd = add(0);
    char typed[8];

    (void)state;
    assert_int_equal(write(fd, "hi", 2), 2);
    turn_loop();
    assert_int_equal(in_ring_read(&guest_in, 0, typed, NULL, sizeof(typed)),
                     2);
    assert_memory_equal(typed, "hi", 2);
    close(fd);
}

static void main_more_hex_clients_than_places_are_closed(void **state)
{
    int fds[CLIENT_HEX_MAX + 1], i;
    char byte;

    (void)state;
    for (i = 0; i <= CLIENT_HEX_MAX; i++)
        fds[i] = add(0);
    assert_int_equal(read(fds[CLIENT_HEX_MAX], &byte, 1), 0);
    for (i = 0; i <= CLIENT_HEX_MAX; i++)
        close(fds[i]);
}

#define hex_test(name) \
    cmocka_unit_test_setup_teardown(name, client_fixture_open, \
                                    client_fixture_close)

static const struct CMUnitTest tests[] = {
    hex_test(main_hex_client_gets_the_history_in_digits),
    hex_test(main_hex_client_types_as_any_other),
    hex_test(main_more_hex_clients_than_places_are_closed),
};

UNIT_MAIN(tests)
