/* SPDX-License-Identifier: BSD-2-Clause */
/* test_net_console.c - what clients type, on its way into the in ring */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/client_tcp.h"
#include "net/net_console.h"

#include "unit/net/console_rings.h"
#include "unit/net/fake_tcp.h"
#include "unit/unit.h"

static struct console_server console;
static uint64_t typed, consumed; /* bytes of the stream */

static uint8_t stream_byte(uint64_t n)
{
    return (uint8_t)(n * 31 + n / 251);
}

static struct connection *connect_client(void)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    assert_non_null(connection);
    connection->delivered = malloc(DELIVERED_BYTES);
    connection->room = SIZE_MAX;
    connection->pcb.mss = TCP_MSS;
    connection->pcb.snd_buf = TCP_SND_BUF;
    connection->pcb.state = ESTABLISHED;
    console_client_accept(&console, &connection->pcb, ERR_OK);
    return connection;
}

static void free_connection(struct connection *connection)
{
    struct tcp_pcb *pcb = &connection->pcb;

    if (!connection->is_aborted)
        pcb->errf(pcb->callback_arg, ERR_RST);
    free(connection->delivered);
    free(connection);
}

/* The next bytes of the stream. */
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

/* The guest reads so many, which are the next of the stream. */
static void consume(unsigned int bytes)
{
    uint8_t buffer[IN_RING_BYTES];
    unsigned int i;

    assert_int_equal(in_ring_read(&guest_in, consumed, buffer, bytes), bytes);
    for (i = 0; i < bytes; i++)
        assert_int_equal(buffer[i], stream_byte(consumed++));
    guest_out.header->in_tail = consumed;
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

static void main_what_a_client_types_is_in_the_ring_at_once(void **state)
{
    struct connection *connection = connect_client();

    (void)state;
    type(connection, 5);
    assert_int_equal(connection->recved, 5);
    assert_true(connection->pcb.flags & TF_ACK_NOW);
    assert_false(console.wants_room);
    consume(5);
    free_connection(connection);
}

static void main_a_sleeping_uart_role_is_woken_once(void **state)
{
    struct connection *connection = connect_client();
    char tokens[8];

    (void)state;
    type(connection, 1);
    assert_int_equal(read(console.uart.fd, tokens, sizeof(tokens)), -1);
    guest_out.header->uart_sleeps = 77;
    type(connection, 1);
    type(connection, 1);
    assert_int_equal(read(console.uart.fd, tokens, sizeof(tokens)), 1);
    free_connection(connection);
}

static void main_a_full_ring_closes_the_clients_window(void **state)
{
    struct connection *connection = connect_client();
    unsigned int window = NET_WINDOW_BYTES, i;

    (void)state;
    /* 1000 bytes each, as long as the window that is left allows. */
    for (i = 0; i < 1000 && connection->recved + window - typed >= 1000; i++)
        type(connection, 1000);
    assert_int_equal(connection->recved, IN_RING_BYTES);
    assert_in_range(typed, IN_RING_BYTES + window - 999,
                    IN_RING_BYTES + window);
    assert_true(console.wants_room);
    assert_int_equal(guest_in.header->wants_room, 1);

    /* Nothing moves before the ring is half empty. */
    consume(IN_RING_BYTES / 2 - 1);
    assert_false(console_input_can_resume(&console));
    console_input_resume(&console);
    assert_int_equal(connection->recved, IN_RING_BYTES);
    consume(1);
    assert_true(console_input_can_resume(&console));
    console_input_resume(&console);
    assert_int_equal(connection->recved, typed);
    assert_false(console.wants_room);
    assert_int_equal(guest_in.header->wants_room, 0);
    consume(typed - consumed);
    free_connection(connection);
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
        console_input_resume(&console);
    }
    while (consumed < typed) {
        consume(guest_in.header->head - consumed);
        console_input_resume(&console);
    }
    assert_int_equal(connection->recved, typed);
    free_connection(connection);
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
    /* Its bytes are forgotten, and nobody waits for room any more. */
    console_input_resume(&console);
    assert_false(console.wants_room);
    free_connection(connection);
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
    free_connection(connection);
}

static void main_clients_type_into_one_ring(void **state)
{
    struct connection *one = connect_client(), *other = connect_client();

    (void)state;
    type(one, 3);
    type(other, 3);
    type(one, 3);
    consume(9);
    free_connection(one);
    free_connection(other);
}

#define client_test(name) \
    cmocka_unit_test_setup_teardown(name, open_console, close_console)

static const struct CMUnitTest tests[] = {
    client_test(main_what_a_client_types_is_in_the_ring_at_once),
    client_test(main_a_sleeping_uart_role_is_woken_once),
    client_test(main_a_full_ring_closes_the_clients_window),
    client_test(main_bytes_keep_their_order_however_the_guest_reads),
    client_test(main_more_than_the_window_is_no_client_of_ours),
    client_test(main_a_read_only_console_throws_input_away),
    client_test(main_clients_type_into_one_ring),
};

UNIT_MAIN(tests)
