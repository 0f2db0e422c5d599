/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_net_console.c - what clients type, on its way into the in ring; how
 * clients of any kind come and go; when a console may sleep
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

#include "net/client_tcp.h"
#include "net/net_console.h"

#include "unit/net/console_rings.h"
#include "unit/net/fake_tcp.h"
#include "unit/unit.h"

static struct net_console console;
static uint64_t typed, consumed; /* bytes of the stream */

static uint8_t stream_byte(uint64_t n)
{
    return (uint8_t)(n * 31 + n / 251);
}

static struct connection *connect_client(void)
{
    struct connection *connection = connection_new(SIZE_MAX);

    client_tcp_accept(&console, &connection->pcb);
    return connection;
}

/* A client sends the next bytes of the stream. */
static err_t type(struct connection *connection, unsigned int bytes)
{
    uint8_t payload[NET_WINDOW_BYTES + 1];
    struct pbuf p = { .payload = payload, .tot_len = bytes, .len = bytes };
    unsigned int i;

    for (i = 0; i < bytes; i++)
        payload[i] = stream_byte(typed++);
    return connection->pcb.recv(connection->pcb.callback_arg,
                                &connection->pcb, &p, ERR_OK);
}

/* The guest reads so many bytes, which are the next of the stream. */
static void consume(unsigned int bytes)
{
    uint8_t buffer[IN_RING_BYTES];
    unsigned int i;

    assert_int_equal(in_ring_read(&guest_in, consumed, buffer, NULL, bytes),
                     bytes);
    for (i = 0; i < bytes; i++)
        assert_int_equal(buffer[i], stream_byte(consumed++));
    guest_out.header->report.in_tail = consumed;
}

/* Whether held input could go on, so that sleeping would be wrong. */
static bool can_resume(void)
{
    bool may_sleep = net_console_sleep(&console);

    net_console_woken(&console);
    return !may_sleep;
}

static int open_console(void **state)
{
    (void)state;
    typed = consumed = 0;
    return console_rings_open(&console);
}

static int close_console(void **state)
{
    (void)state;
    return console_rings_close(&console);
}

/* ---- input ---- */

static void main_what_a_client_types_is_in_the_ring_at_once(void **state)
{
    struct connection *connection = connect_client();

    (void)state;
    type(connection, 5);
    assert_int_equal(connection->recved, 5);
    assert_true(connection->pcb.flags & TF_ACK_NOW);
    assert_false(console.wants_room);
    consume(5);
    connection_free(connection);
}

static void main_a_sleeping_uart_role_is_woken_once(void **state)
{
    struct connection *connection = connect_client();
    char tokens[8];

    (void)state;
    type(connection, 1);
    assert_int_equal(read(console.uart.fd, tokens, sizeof(tokens)), -1);
    guest_out.header->report.uart_sleeps = 77;
    type(connection, 1);
    type(connection, 1);
    assert_int_equal(read(console.uart.fd, tokens, sizeof(tokens)), 1);
    connection_free(connection);
}

static void main_a_full_ring_closes_the_clients_window(void **state)
{
    struct connection *connection = connect_client();
    unsigned int window = NET_WINDOW_BYTES, i;

    (void)state;
    /* The client sends 1000 bytes at a time, while its window allows that. */
    for (i = 0; i < 1000 && connection->recved + window - typed >= 1000; i++)
        type(connection, 1000);
    assert_int_equal(connection->recved, IN_RING_BYTES);
    assert_in_range(typed, IN_RING_BYTES + window - 999,
                    IN_RING_BYTES + window);
    assert_true(console.wants_room);
    assert_int_equal(guest_in.header->wants_room, 1);

    /* Nothing moves before the ring is half empty. */
    consume(IN_RING_BYTES / 2 - 1);
    assert_false(can_resume());
    net_console_resume_input(&console);
    assert_int_equal(connection->recved, IN_RING_BYTES);
    consume(1);
    assert_true(can_resume());
    net_console_resume_input(&console);
    assert_int_equal(connection->recved, typed);
    assert_false(console.wants_room);
    assert_int_equal(guest_in.header->wants_room, 0);
    consume(typed - consumed);
    connection_free(connection);
}

static void main_bytes_keep_their_order_however_the_guest_reads(void **state)
{
    struct connection *connection = connect_client();
    unsigned int seed = 4711, left;

    (void)state;
    while (typed < 1000000) {
        unsigned int bytes = 1 + rand_r(&seed) % TCP_MSS;

        if (connection->recved + NET_WINDOW_BYTES - typed >= bytes)
            assert_int_equal(type(connection, bytes), ERR_OK);
        left = (guest_in.header->head - consumed);
        bytes = rand_r(&seed) % (2 * TCP_MSS);
        consume(bytes < left ? bytes : left);
        net_console_resume_input(&console);
    }
    while (consumed < typed) {
        consume(guest_in.header->head - consumed);
        net_console_resume_input(&console);
    }
    assert_int_equal(connection->recved, typed);
    connection_free(connection);
}

static void main_more_than_the_window_is_no_client_of_ours(void **state)
{
    struct connection *connection = connect_client();

    (void)state;
    while (connection->recved < IN_RING_BYTES)
        type(connection, 1024);
    assert_int_equal(type(connection, NET_WINDOW_BYTES), ERR_OK);
    assert_int_equal(type(connection, 1), ERR_ABRT);
    assert_true(connection->is_aborted);
    /* What it typed is forgotten, and nobody waits for room any more. */
    net_console_resume_input(&console);
    assert_false(console.wants_room);
    connection_free(connection);
}

static void main_a_read_only_console_throws_input_away(void **state)
{
    struct connection *connection;

    (void)state;
    console.options.is_read_only = true;
    connection = connect_client();
    type(connection, 100);
    assert_int_equal(connection->recved, 100);
    assert_int_equal(guest_in.header->head, 0);
    connection_free(connection);
}

static void main_clients_type_into_one_ring(void **state)
{
    struct connection *one = connect_client(), *other = connect_client();

    (void)state;
    type(one, 3);
    type(other, 3);
    type(one, 3);
    consume(9);
    connection_free(one);
    connection_free(other);
}

/* ---- clients of any kind ---- */

/* A kind of client that counts what it is asked for. */
struct counting_client {
    struct client client; /* first */
    unsigned int sends, closes, checks;
    size_t released;
    bool goes_at_once; /* close() and check() unlink it */
    bool is_done;
};

static struct counting_client *counting(const struct client *client)
{
    return (struct counting_client *)client;
}

static void count_send(struct client *client)
{
    counting(client)->sends++;
}

static void count_released(struct client *client, size_t bytes)
{
    counting(client)->released += bytes;
}

static void count_close(struct client *client, uint8_t seconds)
{
    assert_int_equal(seconds, 3);
    counting(client)->closes++;
    if (counting(client)->goes_at_once)
        net_console_unlink(client);
}

static void count_check(struct client *client)
{
    counting(client)->checks++;
    if (counting(client)->goes_at_once)
        net_console_unlink(client);
}

static bool is_done(const struct client *client)
{
    return counting(client)->is_done;
}

static const struct client_ops counting_ops = {
    .send = count_send,
    .released = count_released,
    .close = count_close,
    .is_done = is_done,
    .check = count_check,
};

/* The least that a kind must have. */
static const struct client_ops small_ops = {
    .send = count_send,
    .released = count_released,
    .close = count_close,
};

static void link_client(struct counting_client *client,
                        const struct client_ops *ops)
{
    memset(client, 0, sizeof(*client));
    client_init(&client->client, ops, 0);
    net_console_link(&console, &client->client);
}

static void main_clients_of_every_kind_are_counted_and_sent_to(void **state)
{
    struct counting_client one, other;

    (void)state;
    link_client(&one, &counting_ops);
    link_client(&other, &small_ops);
    assert_int_equal(guest_in.header->clients, 2);
    assert_false(net_console_has_unsent(&console, 1));
    guest_put(10);
    assert_true(net_console_has_unsent(&console, 10));
    assert_false(net_console_has_unsent(&console, 11));
    assert_int_equal(net_console_flush(&console), 10);
    other.client.is_blocked = true;
    guest_put(1);
    assert_int_equal(net_console_flush(&console), 1);
    assert_int_equal(one.sends, 2);
    assert_int_equal(other.sends, 1);
    net_console_check(&console);
    assert_int_equal(one.checks, 1);
    net_console_unlink(&one.client);
    net_console_unlink(&other.client);
    assert_int_equal(guest_in.header->clients, 0);
    guest_put(1);
    assert_false(net_console_has_unsent(&console, 1));
}

static void main_client_may_go_while_it_is_looked_after(void **state)
{
    struct counting_client one, other;

    (void)state;
    link_client(&one, &counting_ops);
    link_client(&other, &counting_ops);
    other.goes_at_once = true;
    net_console_check(&console);
    assert_int_equal(one.checks, 1);
    assert_ptr_equal(console.clients, &one.client);
    net_console_unlink(&one.client);
}

static void main_answer_is_owed_to_who_typed(void **state)
{
    struct counting_client one;

    (void)state;
    link_client(&one, &counting_ops);
    guest_put(1);
    assert_false(net_console_owes_answer(&console));
    memcpy(client_space(&one.client, 1), "x", 1);
    net_console_typed(&one.client, 1);
    assert_int_equal(one.released, 1);
    assert_true(net_console_owes_answer(&console));
    net_console_flush(&console);
    assert_false(net_console_owes_answer(&console));
    net_console_unlink(&one.client);
}

static void main_read_only_client_is_not_heard(void **state)
{
    struct counting_client one, other;

    (void)state;
    link_client(&one, &counting_ops);
    link_client(&other, &counting_ops);
    one.client.is_read_only = true;
    assert_false(net_console_hears(&one.client));
    assert_true(net_console_hears(&other.client));
    net_console_unlink(&other.client);
    assert_false(net_console_hears(&other.client));
    net_console_unlink(&one.client);
}

static void main_console_goes_with_its_last_client(void **state)
{
    struct counting_client one, other, third;

    (void)state;
    link_client(&one, &counting_ops);
    link_client(&other, &counting_ops);
    link_client(&third, &counting_ops);
    third.goes_at_once = true;
    net_console_remove(&console, 3);
    assert_int_equal(one.closes + other.closes + third.closes, 3);
    assert_true(console.is_leaving);
    assert_false(net_console_hears(&one.client));
    assert_int_equal(guest_in.header->clients, 0);

    one.is_done = true;
    assert_false(net_console_is_done(&console));
    other.is_done = true;
    assert_true(net_console_is_done(&console));

    /* The in ring's count may be another console's by now. */
    console.in.header->clients = 7;
    net_console_unlink(&one.client);
    assert_true(console.is_used);
    /* It is removed again, as when the role stops. */
    other.goes_at_once = true;
    net_console_remove(&console, 3);
    assert_int_equal(other.closes, 2);
    assert_int_equal(guest_in.header->clients, 7);
    assert_false(console.is_used);
}

static void main_console_without_clients_goes_at_once(void **state)
{
    (void)state;
    net_console_remove(&console, 3);
    assert_false(console.is_used);
}

static void main_kind_that_ends_at_once_is_waited_for_by_nobody(void **state)
{
    struct counting_client one;

    (void)state;
    link_client(&one, &small_ops);
    assert_true(net_console_is_done(&console));
    net_console_check(&console);
    net_console_unlink(&one.client);
}

/* ---- sleep ---- */

static void main_uart_role_wakes_us_only_for_who_takes_output(void **state)
{
    struct counting_client one;

    (void)state;
    assert_true(net_console_sleep(&console));
    assert_int_equal(guest_in.header->net_sleeps, 0);
    link_client(&one, &counting_ops);
    assert_true(net_console_sleep(&console));
    assert_int_not_equal(guest_in.header->net_sleeps, 0);
    net_console_woken(&console);
    assert_int_equal(guest_in.header->net_sleeps, 0);
    guest_put(1);
    assert_false(net_console_sleep(&console));
    net_console_woken(&console);
    one.client.is_blocked = true;
    assert_true(net_console_sleep(&console));
    assert_int_equal(guest_in.header->net_sleeps, 0);
    net_console_unlink(&one.client);
}

static void main_last_client_that_goes_ends_the_sleep(void **state)
{
    struct counting_client one;

    (void)state;
    link_client(&one, &counting_ops);
    assert_true(net_console_sleep(&console));
    net_console_unlink(&one.client);
    assert_int_equal(guest_in.header->net_sleeps, 0);
    assert_false(console.is_asleep);
}

#define console_test(name) \
    cmocka_unit_test_setup_teardown(name, open_console, close_console)

static const struct CMUnitTest tests[] = {
    console_test(main_what_a_client_types_is_in_the_ring_at_once),
    console_test(main_a_sleeping_uart_role_is_woken_once),
    console_test(main_a_full_ring_closes_the_clients_window),
    console_test(main_bytes_keep_their_order_however_the_guest_reads),
    console_test(main_more_than_the_window_is_no_client_of_ours),
    console_test(main_a_read_only_console_throws_input_away),
    console_test(main_clients_type_into_one_ring),
    console_test(main_clients_of_every_kind_are_counted_and_sent_to),
    console_test(main_client_may_go_while_it_is_looked_after),
    console_test(main_answer_is_owed_to_who_typed),
    console_test(main_read_only_client_is_not_heard),
    console_test(main_console_goes_with_its_last_client),
    console_test(main_console_without_clients_goes_at_once),
    console_test(main_kind_that_ends_at_once_is_waited_for_by_nobody),
    console_test(main_uart_role_wakes_us_only_for_who_takes_output),
    console_test(main_last_client_that_goes_ends_the_sleep),
};

UNIT_MAIN(tests)
