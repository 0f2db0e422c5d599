/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_client_tcp.c - what a TCP client is sent, how it ends, and who gives
 * way when all places are taken, over fake_tcp.h
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/client_tcp.h"
#include "net/net_console.h"
#include "net_limits.h"

#include "unit/net/console_rings.h"
#include "unit/net/fake_tcp.h"
#include "unit/unit.h"

static struct net_console console;

/* ---- the tests' words ---- */

static struct connection *connect_client(size_t room)
{
    struct connection *connection = connection_new(room);

    client_tcp_accept(&console, &connection->pcb);
    return connection;
}

static struct client *client_of(struct connection *connection)
{
    return connection->pcb.callback_arg;
}

static void send_to(struct connection *connection)
{
    struct client *client = client_of(connection);

    client->ops->send(client);
}

static void close_client(struct connection *connection, uint8_t seconds)
{
    struct client *client = client_of(connection);

    client->ops->close(client, seconds);
}

static bool client_is_done(struct connection *connection)
{
    const struct client *client = client_of(connection);

    return client->ops->is_done(client);
}

/* The client's machine acknowledges all, and TCP has room for `room` bytes
 * more. */
static void acknowledge(struct connection *connection, size_t room)
{
    struct tcp_pcb *pcb = &connection->pcb;
    u16_t bytes = TCP_SND_BUF - pcb->snd_buf;

    pcb->snd_buf = TCP_SND_BUF;
    connection->room = room;
    if (bytes > 0)
        pcb->sent(pcb->callback_arg, pcb, bytes);
}

/* What was delivered must be the guest's output from `from` on, with notices
 * in the place of as many bytes as they name.  Returns where it ends. */
static uint64_t assert_stream(const struct connection *connection,
                              uint64_t from, unsigned int *notices)
{
    const char *at = (const char *)connection->delivered;
    const char *end = at + connection->delivered_bytes;

    *notices = 0;
    while (at < end) {
        uint64_t missed;
        int bytes = 0;

        if (*at != '\r') {
            assert_int_equal(*at, guest_byte(from));
            at++;
            from++;
            continue;
        }
        assert_int_equal(sscanf(at, "\r\n[mediatord: %" SCNu64
                                " bytes missed]%n", &missed, &bytes), 1);
        assert_true(bytes > 0);
        assert_memory_equal(at + bytes, "\r\n", 2);
        at += bytes + 2;
        from += missed;
        (*notices)++;
    }
    return from;
}

static int open_console(void **state)
{
    (void)state;
    return console_rings_open(&console);
}

static int close_console(void **state)
{
    (void)state;
    return console_rings_close(&console);
}

/* ---- what is true ---- */

static void main_late_client_gets_the_history_first(void **state)
{
    struct connection *connection;
    unsigned int notices;

    (void)state;
    guest_put(RING_BYTES + 1000);
    connection = connect_client(SIZE_MAX);
    assert_int_equal(connection->delivered_bytes, RING_BYTES);
    assert_int_equal(assert_stream(connection, 1000, &notices),
                     RING_BYTES + 1000);
    assert_int_equal(notices, 0);
    assert_int_equal(console.in.header->missed, 0);
    connection_free(connection);
}

static void main_client_gets_no_more_history_than_configured(void **state)
{
    struct connection *connection;
    unsigned int notices;

    (void)state;
    guest_put(3000);
    console.options.replay_bytes = 100;
    connection = connect_client(SIZE_MAX);
    assert_int_equal(assert_stream(connection, 2900, &notices), 3000);
    assert_int_equal(connection->delivered_bytes, 100);
    connection_free(connection);
}

static void main_bytes_refused_by_tcp_are_sent_later(void **state)
{
    struct connection *connection = connect_client(0);
    unsigned int notices;

    (void)state;
    guest_put(3000);
    send_to(connection);
    assert_int_equal(connection->delivered_bytes, 0);
    assert_true(client_of(connection)->is_blocked);

    /* Nothing is on its way that could be acknowledged, so that only lwIP's
     * poll goes on. */
    connection->room = 2000;
    connection->pcb.poll(client_of(connection), &connection->pcb);
    assert_int_equal(connection->delivered_bytes, 0); /* 3000 do not fit */
    connection->room = SIZE_MAX;
    connection->pcb.poll(client_of(connection), &connection->pcb);
    assert_int_equal(assert_stream(connection, 0, &notices), 3000);
    assert_false(client_of(connection)->is_blocked);
    connection_free(connection);
}

static void main_overtaken_client_is_told_inline_and_exactly(void **state)
{
    struct connection *connection = connect_client(SIZE_MAX);
    static const char notice[] = "\r\n[mediatord: 904 bytes missed]\r\n";
    unsigned int notices;

    (void)state;
    guest_put(50);
    send_to(connection);
    guest_put(RING_BYTES + 904);
    send_to(connection);
    assert_int_equal(assert_stream(connection, 0, &notices),
                     50 + RING_BYTES + 904);
    assert_int_equal(notices, 1);
    assert_memory_equal(connection->delivered + 50, notice,
                        sizeof(notice) - 1);
    assert_int_equal(console.in.header->missed, 904);
    connection_free(connection);
}

static void main_misses_are_merged_while_the_notice_waits(void **state)
{
    struct connection *connection = connect_client(0);
    unsigned int notices, i;

    (void)state;
    for (i = 0; i < 10; i++) {
        guest_put(RING_BYTES);
        send_to(connection);
    }
    connection->room = SIZE_MAX;
    connection->pcb.poll(client_of(connection), &connection->pcb);
    assert_int_equal(assert_stream(connection, 0, &notices),
                     10 * RING_BYTES);
    assert_int_equal(notices, 1);
    assert_int_equal(console.in.header->missed, 9 * RING_BYTES);
    connection_free(connection);
}

static void main_bytes_and_misses_add_up_whatever_tcp_does(void **state)
{
    struct connection *connection = connect_client(SIZE_MAX);
    unsigned int notices, i;

    (void)state;
    srandom(2024);
    for (i = 0; i < 2000; i++) {
        guest_put(random() % (i % 10 ? 300 : 3 * RING_BYTES));
        if (random() % 3)
            acknowledge(connection, random() % 3000);
        send_to(connection);
    }
    connection->room = SIZE_MAX;
    connection->pcb.snd_buf = TCP_SND_BUF;
    send_to(connection);
    assert_int_equal(assert_stream(connection, 0, &notices),
                     atomic_load(&guest_out.header->head));
    assert_true(notices > 10);
    connection_free(connection);
}

static void main_few_new_bytes_wait_for_the_flush(void **state)
{
    struct connection *connection = connect_client(SIZE_MAX);

    (void)state;
    guest_put(100);
    send_to(connection);
    guest_put(TCP_MSS - 1);
    acknowledge(connection, SIZE_MAX);
    assert_int_equal(connection->delivered_bytes, 100);
    guest_put(1);
    connection->pcb.sent(client_of(connection), &connection->pcb, 1);
    assert_int_equal(connection->delivered_bytes, 100 + TCP_MSS);
    connection_free(connection);
}

static void main_segments_are_full_while_the_ring_holds_more(void **state)
{
    struct connection *connection = connect_client(SIZE_MAX);

    (void)state;
    connection->pcb.snd_buf = TCP_MSS + 500;
    guest_put(4000);
    send_to(connection);
    assert_int_equal(connection->delivered_bytes, TCP_MSS);
    acknowledge(connection, SIZE_MAX);
    assert_int_equal(connection->delivered_bytes, 4000);
    connection_free(connection);
}

static void main_what_nobody_hears_is_acknowledged_at_once(void **state)
{
    struct connection *connection = connect_client(SIZE_MAX);
    struct pbuf p = { .tot_len = 5, .len = 5 };

    (void)state;
    console.options.is_read_only = true;
    connection->pcb.recv(client_of(connection), &connection->pcb, &p,
                         ERR_OK);
    assert_int_equal(connection->recved, 5);
    assert_true(connection->pcb.flags & TF_ACK_NOW);
    connection_free(connection);
}

/* G6: it counts, but it is told apart, for it may have gone. */
static void main_half_closed_client_still_gets_output(void **state)
{
    struct connection *connection = connect_client(SIZE_MAX);
    struct connection *other = connect_client(SIZE_MAX);

    (void)state;
    assert_int_equal(guest_in.header->half_closed, 0);
    connection->pcb.recv(client_of(connection), &connection->pcb, NULL,
                         ERR_OK);
    assert_int_equal(guest_in.header->clients, 2);
    assert_int_equal(guest_in.header->half_closed, 1);
    guest_put(100);
    send_to(connection);
    assert_int_equal(connection->delivered_bytes, 100);
    assert_false(connection->has_fin);
    connection->pcb.errf(client_of(connection), ERR_RST);
    assert_int_equal(guest_in.header->clients, 1);
    assert_int_equal(guest_in.header->half_closed, 0);
    connection_free(connection);
    connection_free(other);
}

static void main_closing_client_gets_the_rest_and_then_fin(void **state)
{
    struct connection *connection = connect_client(0);

    (void)state;
    guest_put(100);
    send_to(connection);
    close_client(connection, 3);
    guest_put(100); /* too late for this one */
    assert_false(connection->has_fin);
    connection->room = SIZE_MAX;
    connection->pcb.poll(client_of(connection), &connection->pcb);
    assert_int_equal(connection->delivered_bytes, 100);
    assert_true(connection->has_fin);
    assert_true(client_is_done(connection));

    connection->pcb.recv(client_of(connection), &connection->pcb, NULL,
                         ERR_OK);
    assert_true(connection->is_closed);
    assert_null(console.clients);
    connection_free(connection);
}

static void assert_reset_at_next_check(struct connection *connection)
{
    assert_false(connection->is_aborted);
    client_tcp_check();
    assert_true(connection->is_aborted);
    assert_null(console.clients);
    connection_free(connection);
}

static void main_closing_client_that_takes_nothing_is_reset(void **state)
{
    struct connection *connection = connect_client(0);

    (void)state;
    guest_put(100);
    close_client(connection, 2);
    client_tcp_check();
    assert_reset_at_next_check(connection);
}

/* C3: lwIP's poll, which each acknowledgement puts off, is not needed. */
static void trust_net_slow_reader_does_not_put_off_its_reset(void **state)
{
    struct connection *connection = connect_client(SIZE_MAX);
    struct tcp_pcb *pcb = &connection->pcb;
    unsigned int i;

    (void)state;
    guest_put(3000);
    send_to(connection);
    close_client(connection, 10);
    for (i = 0; i < 9; i++) {
        pcb->sent(pcb->callback_arg, pcb, 1);
        client_tcp_check();
    }
    assert_reset_at_next_check(connection);
}

/* C3: the same holds for one that reads why it is refused. */
static void trust_net_slow_refused_client_is_reset(void **state)
{
    static struct connection *connections[NET_CLIENTS_MAX];
    struct connection *late;
    unsigned int i;

    (void)state;
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        connections[i] = connect_client(SIZE_MAX);
    late = connect_client(SIZE_MAX);
    for (i = 0; i < 10; i++) {
        assert_false(late->is_aborted);
        client_tcp_check();
    }
    assert_true(late->is_aborted);
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        connection_free(connections[i]);
    connection_free(late);
}

static void main_one_client_too_many_is_told_so(void **state)
{
    static struct connection *connections[NET_CLIENTS_MAX];
    struct connection *late[NET_CLOSING_MAX + 1];
    static const char text[] = "\r\n[mediatord: 256 clients are connected "
                               "already; try again later]\r\n";
    unsigned int i;

    (void)state;
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        connections[i] = connect_client(SIZE_MAX);
    assert_int_equal(client_tcp_count(), NET_CLIENTS_MAX);
    for (i = 0; i <= NET_CLOSING_MAX; i++) {
        late[i] = connect_client(SIZE_MAX);
        assert_int_equal(late[i]->delivered_bytes, sizeof(text) - 1);
        assert_memory_equal(late[i]->delivered, text, sizeof(text) - 1);
        assert_true(late[i]->has_fin);
    }
    /* Refused clients that do not go are bounded, too: the oldest gave
     * way. */
    assert_true(late[0]->is_aborted);
    assert_false(late[1]->is_aborted);
    assert_int_equal(client_tcp_count(), NET_CLIENTS_MAX);

    guest_put(10);
    for (i = 0; i < NET_CLIENTS_MAX; i++) {
        send_to(connections[i]);
        assert_int_equal(connections[i]->delivered_bytes, 10);
        connection_free(connections[i]);
    }
    for (i = 0; i <= NET_CLOSING_MAX; i++)
        connection_free(late[i]);
    assert_int_equal(client_tcp_count(), 0);
}

static void main_oldest_half_closed_client_makes_room(void **state)
{
    static struct connection *connections[NET_CLIENTS_MAX];
    struct connection *late;
    unsigned int i;

    (void)state;
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        connections[i] = connect_client(SIZE_MAX);
    for (i = 7; i >= 5; i--) {
        struct tcp_pcb *pcb = &connections[i]->pcb;

        pcb->recv(pcb->callback_arg, pcb, NULL, ERR_OK);
    }
    late = connect_client(SIZE_MAX);
    assert_true(connections[7]->is_aborted);
    assert_false(connections[6]->is_aborted);
    assert_false(late->has_fin);
    assert_int_equal(client_tcp_count(), NET_CLIENTS_MAX);
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        connection_free(connections[i]);
    connection_free(late);
}

#define client_test(name) \
    cmocka_unit_test_setup_teardown(name, open_console, close_console)

static const struct CMUnitTest tests[] = {
    client_test(main_late_client_gets_the_history_first),
    client_test(main_client_gets_no_more_history_than_configured),
    client_test(main_bytes_refused_by_tcp_are_sent_later),
    client_test(main_overtaken_client_is_told_inline_and_exactly),
    client_test(main_misses_are_merged_while_the_notice_waits),
    client_test(main_bytes_and_misses_add_up_whatever_tcp_does),
    client_test(main_few_new_bytes_wait_for_the_flush),
    client_test(main_segments_are_full_while_the_ring_holds_more),
    client_test(main_what_nobody_hears_is_acknowledged_at_once),
    client_test(main_half_closed_client_still_gets_output),
    client_test(main_closing_client_gets_the_rest_and_then_fin),
    client_test(main_closing_client_that_takes_nothing_is_reset),
    client_test(trust_net_slow_reader_does_not_put_off_its_reset),
    client_test(trust_net_slow_refused_client_is_reset),
    client_test(main_one_client_too_many_is_told_so),
    client_test(main_oldest_half_closed_client_makes_room),
};

UNIT_MAIN(tests)
