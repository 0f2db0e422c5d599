/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tcp_places.c - who gets a place and who gives way (tcp_places.h), over
 * fake_tcp.h
 */
#include "net/tcp_places.h"

#include "unit/net/fake_tcp.h"
#include "unit/unit.h"

static struct net_console one, two, three;

/* Who has each place, by its number. */
static struct connection *owners[NET_CLIENTS_MAX];

/* All that had one. */
static struct connection *made[2 * NET_CLIENTS_MAX];
static unsigned int made_count;

static void lost(void *argument, err_t error)
{
    struct connection **owner = argument;

    (void)error;
    tcp_place_free((int)(owner - owners));
    *owner = NULL;
}

/* A connection from there.  NULL: it was refused. */
static struct connection *come_from(const ip_addr_t *address,
                                    const struct net_console *console)
{
    struct connection *connection = connection_new(0);
    int place;

    connection->pcb.remote_ip = *address;
    place = tcp_place_take(&connection->pcb, console);
    if (place == TCP_PLACE_NONE) {
        connection_free(connection);
        return NULL;
    }
    assert_true(made_count < sizeof(made) / sizeof(made[0]));
    made[made_count++] = connection;
    assert_null(owners[place]);
    owners[place] = connection;
    tcp_arg(&connection->pcb, &owners[place]);
    tcp_err(&connection->pcb, lost);
    return connection;
}

static struct connection *come(unsigned int n,
                               const struct net_console *console)
{
    ip_addr_t address;

    IP_ADDR4(&address, 10, 0, n >> 8, n & 0xff);
    return come_from(&address, console);
}

static void half_close(struct connection *connection)
{
    tcp_place_half_closed((int)((struct connection **)
                                connection->pcb.callback_arg - owners));
}

static int leave_all(void **state)
{
    (void)state;
    while (made_count > 0)
        connection_free(made[--made_count]);
    return 0;
}

/* ---- what is true ---- */

/* C2: one address with all places keeps nobody from another console. */
static void trust_net_full_console_gives_way_to_another(void **state)
{
    struct connection *clients[NET_CLIENTS_MAX];
    unsigned int i;

    (void)state;
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        clients[i] = come(1, &one);
    for (i = 0; i < NET_CLIENTS_MAX / 2; i++)
        assert_non_null(come(2, &two));
    /* Those who came last gave way, and each console has its half. */
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        assert_int_equal(clients[i]->is_aborted, i >= NET_CLIENTS_MAX / 2);
    assert_null(come(2, &two));
    assert_null(come(1, &one));
    assert_non_null(come(3, &three));
}

/* C2: nor from the same console, as long as it has two more. */
static void trust_net_address_that_has_most_gives_way(void **state)
{
    struct connection *clients[NET_CLIENTS_MAX];
    unsigned int i;

    (void)state;
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        clients[i] = come(i < 3 ? 2 : 1, &one);
    for (i = 0; i < 5; i++)
        assert_non_null(come(3 + i, &one));
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        assert_int_equal(clients[i]->is_aborted, i >= NET_CLIENTS_MAX - 5);
    assert_null(come(1, &one));
}

/* C2: of another console, too, it is the address that has most. */
static void trust_net_lone_client_of_a_full_console_stays(void **state)
{
    struct connection *clients[NET_CLIENTS_MAX], *lone;
    unsigned int i;

    (void)state;
    for (i = 0; i < NET_CLIENTS_MAX - 1; i++)
        clients[i] = come(1, &one);
    lone = come(2, &one);
    assert_non_null(come(3, &two));
    assert_false(lone->is_aborted);
    assert_true(clients[NET_CLIENTS_MAX - 2]->is_aborted);
}

/* C2: all of a /64 are one. */
static void trust_net_ipv6_neighbours_share(void **state)
{
    struct connection *refused;
    ip_addr_t address;
    unsigned int i;

    (void)state;
    for (i = 0; i < NET_CLIENTS_MAX; i++) {
        IP_ADDR6(&address, PP_HTONL(0xfd000000), 0, 0, lwip_htonl(i));
        assert_non_null(come_from(&address, &one));
    }
    refused = come_from(&address, &one);
    assert_null(refused);
    IP_ADDR6(&address, PP_HTONL(0xfd000000), PP_HTONL(1), 0, PP_HTONL(1));
    assert_non_null(come_from(&address, &one));
    for (i = 0; i < NET_CLIENTS_MAX - 1; i++)
        assert_non_null(owners[i]);
}

/* Where all have as many, those who closed their half give way, but nobody of
 * another console. */
static void trust_net_half_closed_give_way_where_all_are_equal(void **state)
{
    struct connection *clients[NET_CLIENTS_MAX];
    unsigned int i;

    (void)state;
    for (i = 0; i < NET_CLIENTS_MAX; i++)
        clients[i] = come(i, i % 2 ? &one : &two);
    half_close(clients[8]);
    assert_null(come(1000, &one));
    half_close(clients[7]);
    half_close(clients[5]);
    assert_non_null(come(1000, &one));
    assert_true(clients[7]->is_aborted);
    assert_false(clients[5]->is_aborted);
    assert_false(clients[8]->is_aborted);
}

#define places_test(name) cmocka_unit_test_teardown(name, leave_all)

static const struct CMUnitTest tests[] = {
    places_test(trust_net_full_console_gives_way_to_another),
    places_test(trust_net_address_that_has_most_gives_way),
    places_test(trust_net_lone_client_of_a_full_console_stays),
    places_test(trust_net_ipv6_neighbours_share),
    places_test(trust_net_half_closed_give_way_where_all_are_equal),
};

UNIT_MAIN(tests)
