/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_client.c - what clients of all kinds have in common: a place in the
 * out ring, an end, and input that is held
 */
#define _GNU_SOURCE
#include "net/client.h"
#include "net/net_console.h"

#include "unit/net/console_rings.h"
#include "unit/unit.h"

static struct net_console console;
static size_t released;

static void send_nothing(struct client *client)
{
    (void)client;
}

static void count_released(struct client *client, size_t bytes)
{
    (void)client;
    released += bytes;
}

static const struct client_ops ops = {
    .send = send_nothing,
    .released = count_released,
};

static int open_console(void **state)
{
    (void)state;
    released = 0;
    return console_rings_open(&console);
}

static int close_console(void **state)
{
    (void)state;
    return console_rings_close(&console);
}

/* ---- the place in the out ring ---- */

static void main_reader_stands_at_the_first_byte_it_copied(void **state)
{
    struct client_reader reader = { .cursor = 100 };
    _Atomic uint64_t missed_sum = 0;
    uint8_t piece[64];
    unsigned int i;

    (void)state;
    guest_put(150);
    assert_int_equal(client_reader_copy(&reader, &console.out, &missed_sum,
                                        piece, sizeof(piece)), 50);
    for (i = 0; i < 50; i++)
        assert_int_equal(piece[i], guest_byte(100 + i));
    assert_int_equal(reader.cursor, 100);
    assert_int_equal(reader.missed, 0);
    assert_int_equal(missed_sum, 0);
}

static void main_overtaken_reader_counts_what_it_missed(void **state)
{
    struct client_reader reader = { .cursor = 0 };
    _Atomic uint64_t missed_sum = 1000;
    char text[CLIENT_NOTICE_BYTES_MAX];
    uint8_t byte;
    size_t length;

    (void)state;
    guest_put(RING_BYTES + 904);
    assert_int_equal(client_reader_copy(&reader, &console.out, &missed_sum,
                                        &byte, 1), 1);
    assert_int_equal(byte, guest_byte(904));
    assert_int_equal(reader.cursor, 904);
    assert_int_equal(reader.missed, 904);
    assert_int_equal(missed_sum, 1904);
    guest_put(96);
    client_reader_copy(&reader, &console.out, &missed_sum, &byte, 1);
    assert_int_equal(reader.missed, 1000);
    length = client_reader_notice(&reader, text);
    assert_int_equal(length, strlen(text));
    assert_string_equal(text, "\r\n[mediatord: 1000 bytes missed]\r\n");
}

static void main_longest_notice_has_room(void **state)
{
    struct client_reader reader = { .missed = UINT64_MAX };
    char text[CLIENT_NOTICE_BYTES_MAX];

    (void)state;
    assert_in_range(client_reader_notice(&reader, text), 1, sizeof(text) - 1);
}

static void main_client_gets_nothing_from_its_end_on(void **state)
{
    struct client client;
    uint8_t piece[64];

    (void)state;
    client_init(&client, &ops, 10);
    assert_int_equal(client_bytes_due(&client, 1000), 1000);
    client.end = 30;
    assert_int_equal(client_bytes_due(&client, 1000), 20);
    assert_int_equal(client_bytes_due(&client, 5), 5);
    guest_put(100);
    net_console_link(&console, &client);
    assert_int_equal(net_console_copy(&client, piece, sizeof(piece)), 20);
    client.reader.cursor = 30;
    assert_int_equal(client_bytes_due(&client, 1), 0);
    client.reader.cursor = 31;
    assert_int_equal(client_bytes_due(&client, 1), 0);
    net_console_unlink(&client);
}

/* ---- held input ---- */

static void hold(struct client *client, const char *text)
{
    uint8_t *space = client_space(client, strlen(text));

    assert_non_null(space);
    memcpy(space, text, strlen(text));
    client->held_bytes += strlen(text);
}

static void main_held_input_keeps_its_order(void **state)
{
    struct client client;

    (void)state;
    client_init(&client, &ops, 0);
    hold(&client, "abc");
    hold(&client, "def");
    client_release(&client, 2);
    assert_int_equal(released, 2);
    hold(&client, "gh");
    assert_int_equal(client.held_bytes, 6);
    assert_memory_equal(client.held + client.held_at, "cdefgh", 6);
}

static void main_held_input_moves_to_make_room(void **state)
{
    struct client client;

    (void)state;
    client_init(&client, &ops, 0);
    client_space(&client, CLIENT_HELD_MAX - 3);
    client.held_bytes = CLIENT_HELD_MAX - 3;
    hold(&client, "xyz");
    client_release(&client, CLIENT_HELD_MAX - 3);
    hold(&client, "abc");
    assert_int_equal(client.held_bytes, 6);
    assert_memory_equal(client.held + client.held_at, "xyzabc", 6);
}

static void main_no_more_is_held_than_there_is_room_for(void **state)
{
    struct client client;

    (void)state;
    client_init(&client, &ops, 0);
    assert_null(client_space(&client, CLIENT_HELD_MAX + 1));
    assert_non_null(client_space(&client, CLIENT_HELD_MAX));
    hold(&client, "a");
    assert_null(client_space(&client, CLIENT_HELD_MAX));
    assert_non_null(client_space(&client, CLIENT_HELD_MAX - 1));
    client_release(&client, 1);
    assert_non_null(client_space(&client, CLIENT_HELD_MAX));
}

#define client_test(name) \
    cmocka_unit_test_setup_teardown(name, open_console, close_console)

static const struct CMUnitTest tests[] = {
    client_test(main_reader_stands_at_the_first_byte_it_copied),
    client_test(main_overtaken_reader_counts_what_it_missed),
    client_test(main_longest_notice_has_room),
    client_test(main_client_gets_nothing_from_its_end_on),
    client_test(main_held_input_keeps_its_order),
    client_test(main_held_input_moves_to_make_room),
    client_test(main_no_more_is_held_than_there_is_room_for),
};

UNIT_MAIN(tests)
