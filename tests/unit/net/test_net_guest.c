/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_net_guest.c - what clients send while there is a guest, and while there
 * is none; breaks among what they type
 */
#define _GNU_SOURCE
#include <linux/serial_reg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/client_tcp.h"
#include "net/net_console.h"
#include "unit/net/client_fixture.h"
#include "unit/net/console_rings.h"
#include "unit/net/fake_tcp.h"
#include "unit/unit.h"

#define NO_GUEST "\r\n[mediatord: no guest; what you type is thrown away]\r\n"

static err_t type(struct connection *connection, const char *text)
{
    struct pbuf p = { .payload = (void *)text, .tot_len = strlen(text),
                      .len = strlen(text) };

    return connection->pcb.recv(connection->pcb.callback_arg,
                                &connection->pcb, &p, ERR_OK);
}

/* What the in ring holds from the guest's place on; "." is a break. */
static void assert_in_ring(const char *expected)
{
    uint8_t bytes[IN_RING_BYTES], errors[IN_RING_BYTES];
    uint64_t in_tail = guest_out.header->report.in_tail;
    int count = in_ring_read(&guest_in, in_tail, bytes, errors,
                             sizeof(bytes)), i;

    for (i = 0; i < count; i++)
        if (errors[i])
            bytes[i] = errors[i] == UART_LSR_BI ? '.' : '?';
    assert_int_equal(count, strlen(expected));
    assert_memory_equal(bytes, expected, count);
    consume(count);
}

static void fill_in_ring(void)
{
    static uint8_t bytes[IN_RING_BYTES];

    in_ring_write(&console.in, guest_out.header->report.in_tail, bytes,
                  sizeof(bytes));
}

/* ---- no guest ---- */

/* G2: 30,000 bytes typed at an idle console were kept, by TCP and here, and
 * came to the next guest. */
static void main_what_is_typed_without_a_guest_is_thrown_away(void **state)
{
    struct connection *connection = connection_new(SIZE_MAX);
    int local;

    (void)state;
    net_console_set_guest(&console, false);
    client_tcp_accept(&console, &connection->pcb);
    local = attach(0, false);
    type(connection, "secret");
    assert_int_equal(connection->recved, 6); /* its window stays open */
    type(connection, "more");
    send(local, "hello", 5, 0);
    turn_loop();
    assert_in_ring("");
    /* Who types is told once. */
    assert_int_equal(connection->delivered_bytes, strlen(NO_GUEST));
    assert_memory_equal(connection->delivered, NO_GUEST, strlen(NO_GUEST));
    assert_true(show(local));
    assert_int_equal(shown_bytes, strlen(NO_GUEST));
    assert_memory_equal(shown, NO_GUEST, strlen(NO_GUEST));
    net_console_set_guest(&console, true);
    type(connection, "to the guest");
    assert_in_ring("to the guest");
    /* And again, when there is none again. */
    net_console_set_guest(&console, false);
    type(connection, "x");
    assert_int_equal(connection->delivered_bytes, 2 * strlen(NO_GUEST));
    close(local);
    connection_free(connection);
}

/* G2: what was typed before the guest was there, and lies in a socket. */
static void main_what_lies_in_a_socket_is_not_for_a_guest_that_comes(
    void **state)
{
    int local = attach(0, false);

    (void)state;
    net_console_set_guest(&console, false);
    send(local, "rm -rf /\r", 9, 0);
    send(local, "y\r", 2, 0);
    net_console_set_guest(&console, true);
    turn_loop();
    assert_in_ring("");
    send(local, "root\r", 5, 0);
    turn_loop();
    assert_in_ring("root\r");
    close(local);
}

static void main_held_input_goes_with_its_guest(void **state)
{
    struct connection *connection = connection_new(SIZE_MAX);
    int local = attach(0, false);

    (void)state;
    client_tcp_accept(&console, &connection->pcb);
    fill_in_ring();
    type(connection, "held");
    send(local, "this, too", 9, 0);
    turn_loop();
    send(local, "and this", 8, 0);
    turn_loop();
    assert_int_equal(connection->recved, 0);
    assert_true(has_held_input());
    net_console_set_guest(&console, false);
    assert_false(has_held_input());
    assert_int_equal(connection->recved, 4);
    assert_memory_equal(connection->delivered, NO_GUEST, strlen(NO_GUEST));
    assert_false(console.wants_room);
    turn_loop(); /* what lies in the socket is read, and thrown away */
    consume(IN_RING_BYTES);
    net_console_set_guest(&console, true);
    turn_loop();
    assert_in_ring("");
    close(local);
    connection_free(connection);
}

static void main_who_may_not_type_is_told_nothing_of_the_guest(void **state)
{
    int local = attach(0, true);

    (void)state;
    net_console_set_guest(&console, false);
    send(local, "hello", 5, 0);
    turn_loop();
    assert_true(show(local));
    assert_int_equal(shown_bytes, 0);
    close(local);
}

/* ---- breaks ---- */

/* D6: of an operator who attaches, types, and asks for a break by another
 * way. */
static void main_a_break_stands_behind_what_lies_in_sockets(void **state)
{
    int local = attach(0, false);

    (void)state;
    send(local, "b", 1, 0);
    send(local, "bb", 2, 0);
    assert_null(net_console_break(&console));
    send(local, "c", 1, 0);
    turn_loop();
    assert_null(net_console_break(&console));
    assert_in_ring("bbb.c.");
    close(local);
}

/* It would overtake them. */
static void main_a_break_is_refused_while_input_is_held(void **state)
{
    int local = attach(0, false);

    (void)state;
    fill_in_ring();
    send(local, "bbb", 3, 0);
    turn_loop();
    consume(1);
    assert_non_null(net_console_break(&console));
    consume(IN_RING_BYTES - 1);
    turn_loop();
    assert_null(net_console_break(&console));
    assert_in_ring("bbb.");
    close(local);
}

/* What fills the in ring to the last byte is not held, and overtaken by
 * nothing. */
static void main_a_break_has_room_behind_a_full_in_ring(void **state)
{
    uint8_t byte, errors;
    unsigned int breaks = 0;

    (void)state;
    fill_in_ring();
    while (!net_console_break(&console))
        breaks++;
    assert_int_equal(breaks, IN_RING_BREAKS);
    assert_int_equal(in_ring_read(&guest_in, IN_RING_BYTES, &byte, &errors, 1),
                     1);
    assert_int_equal(errors, UART_LSR_BI);
}

static void main_a_break_is_for_a_guest_and_from_who_may_type(void **state)
{
    (void)state;
    console.options.is_read_only = true;
    assert_non_null(strstr(net_console_break(&console), "access=ro"));
    console.options.is_read_only = false;
    net_console_set_guest(&console, false);
    assert_non_null(strstr(net_console_break(&console), "no guest"));
    net_console_set_guest(&console, true);
    assert_null(net_console_break(&console));
    assert_in_ring(".");
}

static void main_a_break_wakes_a_sleeping_uart_role(void **state)
{
    char token;

    (void)state;
    guest_out.header->report.uart_sleeps = 78;
    assert_null(net_console_break(&console));
    assert_int_equal(read(console.uart.fd, &token, 1), 1);
}

/* ---- the wire ---- */

/* D11 */
static void main_clients_read_that_the_wire_went_and_came(void **state)
{
    struct connection *connection = connection_new(SIZE_MAX);
    struct uart_report *report = &guest_out.header->report;
    static const char gone[] = "\r\n[mediatord: the wire is gone]\r\n";
    static const char again[] =
        "\r\n[mediatord: the wire is there again; it missed 77 bytes]\r\n";
    size_t bytes = 0;

    (void)state;
    client_tcp_accept(&console, &connection->pcb);
    /* The first wire of a console is no news. */
    net_console_check(&console);
    report->has_wire = 1;
    net_console_check(&console);
    assert_int_equal(connection->delivered_bytes, 0);
    report->wire_missed = 5;
    report->has_wire = 0;
    net_console_check(&console);
    net_console_check(&console);
    assert_int_equal(connection->delivered_bytes, strlen(gone));
    assert_memory_equal(connection->delivered, gone, strlen(gone));
    bytes += strlen(gone);
    report->wire_missed = 82;
    report->has_wire = 1;
    net_console_check(&console);
    net_console_check(&console);
    assert_int_equal(connection->delivered_bytes, bytes + strlen(again));
    assert_memory_equal(connection->delivered + bytes, again, strlen(again));
    connection_free(connection);
}

#define guest_test(name) \
    cmocka_unit_test_setup_teardown(name, client_fixture_open, \
                                    client_fixture_close)

static const struct CMUnitTest tests[] = {
    guest_test(main_what_is_typed_without_a_guest_is_thrown_away),
    guest_test(main_what_lies_in_a_socket_is_not_for_a_guest_that_comes),
    guest_test(main_held_input_goes_with_its_guest),
    guest_test(main_who_may_not_type_is_told_nothing_of_the_guest),
    guest_test(main_a_break_stands_behind_what_lies_in_sockets),
    guest_test(main_a_break_is_refused_while_input_is_held),
    guest_test(main_a_break_has_room_behind_a_full_in_ring),
    guest_test(main_a_break_is_for_a_guest_and_from_who_may_type),
    guest_test(main_a_break_wakes_a_sleeping_uart_role),
    guest_test(main_clients_read_that_the_wire_went_and_came),
};

UNIT_MAIN(tests)
