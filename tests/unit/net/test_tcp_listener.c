/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_tcp_listener.c - who may connect to a console's port, over fake_tcp.h
 */
#define _GNU_SOURCE
#include <arpa/inet.h>

#include "net/tcp_listener.h"
#include "shared/log.h"

#include "unit/net/fake_tcp.h"
#include "unit/unit.h"

#define PORT 1234

static struct tcp_listener listener;
static struct access_list allow;
static struct tcp_pcb *accepted_pcb;

static err_t accept_it(void *opaque, struct tcp_pcb *pcb)
{
    assert_ptr_equal(opaque, &accepted_pcb);
    accepted_pcb = pcb;
    return ERR_OK;
}

static int open_port(const char *allowed)
{
    accepted_pcb = NULL;
    assert_int_equal(access_list_parse(&allow, allowed), 0);
    return tcp_listener_open(&listener, PORT, &allow, accept_it,
                             &accepted_pcb);
}

static struct connection *connect_from(const char *address, u16_t mss)
{
    struct connection *connection = connection_new(0);

    connection->pcb.mss = mss;
    IP_ADDR4(&connection->pcb.remote_ip, 0, 0, 0, 0);
    ip_2_ip4(&connection->pcb.remote_ip)->addr = inet_addr(address);
    return connection;
}

static int forget(void **state)
{
    (void)state;
    tcp_listener_close(&listener);
    memset(&fake_listener, 0, sizeof(fake_listener));
    return 0;
}

static void main_who_is_on_the_list_is_handed_on(void **state)
{
    struct connection *connection = connect_from("10.0.0.7", TCP_MSS);

    (void)state;
    assert_int_equal(open_port("10.0.0.0/24"), 0);
    assert_int_equal(fake_listener.connection.pcb.local_port, PORT);
    assert_int_equal(fake_listener_connect(&connection->pcb), ERR_OK);
    assert_ptr_equal(accepted_pcb, &connection->pcb);
    assert_false(connection->is_aborted);
    connection_free(connection);
}

static void main_who_is_not_on_the_list_is_reset_and_counted(void **state)
{
    struct connection *connection = connect_from("10.0.1.7", TCP_MSS);

    (void)state;
    assert_int_equal(open_port("10.0.0.0/24"), 0);
    assert_int_equal(fake_listener_connect(&connection->pcb), ERR_ABRT);
    assert_true(connection->is_aborted);
    assert_null(accepted_pcb);
    assert_int_equal(listener.refusals, 1);
    connection_free(connection);
}

static void main_tiny_segments_are_turned_away(void **state)
{
    struct connection *tiny = connect_from("10.0.0.7", 87);
    struct connection *small = connect_from("10.0.0.7", 88);

    (void)state;
    assert_int_equal(open_port(""), 0);
    assert_int_equal(fake_listener_connect(&tiny->pcb), ERR_ABRT);
    assert_true(tiny->is_aborted);
    assert_int_equal(listener.refusals, 0);
    assert_int_equal(fake_listener_connect(&small->pcb), ERR_OK);
    connection_free(tiny);
    connection_free(small);
}

static void main_port_that_cannot_be_opened_is_named(void **state)
{
    (void)state;
    fake_listener.is_port_taken = true;
    assert_int_equal(open_port(""), -1);
    assert_non_null(strstr(log_last_error(), "TCP port 1234"));
    assert_null(listener.pcb);
    assert_true(fake_listener.connection.is_closed);
    fake_listener.is_out_of_connections = true;
    assert_int_equal(open_port(""), -1);
    assert_non_null(strstr(log_last_error(), "out of connections"));
    assert_null(listener.pcb);
}

static void main_port_is_closed_once(void **state)
{
    (void)state;
    assert_int_equal(open_port(""), 0);
    tcp_listener_close(&listener);
    assert_true(fake_listener.connection.is_closed);
    assert_null(listener.pcb);
    fake_listener.connection.is_closed = false;
    tcp_listener_close(&listener);
    assert_false(fake_listener.connection.is_closed);
}

#define listener_test(name) cmocka_unit_test_teardown(name, forget)

static const struct CMUnitTest tests[] = {
    listener_test(main_who_is_on_the_list_is_handed_on),
    listener_test(main_who_is_not_on_the_list_is_reset_and_counted),
    listener_test(main_tiny_segments_are_turned_away),
    listener_test(main_port_that_cannot_be_opened_is_named),
    listener_test(main_port_is_closed_once),
};

UNIT_MAIN(tests)
