/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_client_attach.c - mediatorctl attach as a client, over socket pairs
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/client_attach.h"
#include "shared/attach_protocol.h"

#include "unit/net/client_fixture.h"
#include "unit/net/console_rings.h"
#include "unit/unit.h"

/* ---- output ---- */

static void main_attached_client_gets_the_history_and_then_the_rest(
    void **state)
{
    int client;

    (void)state;
    guest_put(1000);
    client = attach(0, false);
    turn_loop();
    assert_true(show(client));
    assert_shown(0, 1000);
    guest_put(500);
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
    guest_put(1000);
    client = attach(0, false);
    turn_loop();
    show(client);
    close(client);
    turn_loop();
    assert_null(console.clients);
    guest_put(10);
    client = attach(next, false);
    turn_loop();
    show(client);
    assert_shown(0, 1010);
    close(client);
}

static void main_stopped_attached_client_is_told_what_it_missed(void **state)
{
    static const char notice[] = "\r\n[mediatord: 904 bytes missed]\r\n";
    int client;

    (void)state;
    guest_put(RING_BYTES + 904);
    client = attach(0, false);
    turn_loop();
    show(client);
    assert_memory_equal(shown, notice, sizeof(notice) - 1);
    assert_int_equal(shown_bytes, RING_BYTES + sizeof(notice) - 1);
    assert_int_equal(next, RING_BYTES + 904);
    assert_int_equal(console.in.header->missed, 904);
    close(client);
}

static void main_full_socket_slows_no_other_client(void **state)
{
    int stopped = attach(0, false), other = attach(0, false);
    uint64_t written = 0;
    unsigned int notices;

    (void)state;
    while (written < 2000000) {
        guest_put(2000);
        written += 2000;
        turn_loop();
        assert_true(show(other));
        assert_int_equal(shown_bytes, 2000);
        shown_bytes = 0;
    }
    /* The stopped client reads again: what its socket held, a notice, and
     * what the ring still has. */
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

static void main_what_an_attached_client_types_is_in_the_ring(void **state)
{
    int client = attach(0, false);
    char typed[8];

    (void)state;
    assert_int_equal(send(client, "hello", 5, 0), 5);
    turn_loop();
    assert_int_equal(in_ring_read(&guest_in, 0, typed, NULL, sizeof(typed)),
                     5);
    assert_memory_equal(typed, "hello", 5);
    close(client);
}

static void main_read_only_attached_client_types_nothing(void **state)
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

static void main_full_ring_stops_reading_from_an_attached_client(void **state)
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
        consume(guest_in.header->head - guest_out.header->report.in_tail);
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
    assert_non_null(console.clients);
    net_console_check(&console);
    turn_loop();
    assert_null(console.clients);
    assert_int_equal(guest_in.header->wants_room, 0);
}

/* ---- questions ---- */

static void ask(int client)
{
    assert_int_equal(send(client, "", 0, MSG_NOSIGNAL), 0);
    turn_loop();
}

/* D7, and the place of a break. */
static void main_question_is_answered_once_all_before_it_is_in_the_ring(
    void **state)
{
    static uint8_t typed[ATTACH_INPUT_MAX];
    int client = attach(0, false);
    unsigned int i;

    (void)state;
    send(client, "hello", 5, 0);
    ask(client);
    assert_true(show(client));
    assert_int_equal(answers, 1);
    assert_int_equal(guest_in.header->head, 5);
    for (i = 0; i < IN_RING_BYTES / ATTACH_INPUT_MAX; i++)
        assert_int_equal(send(client, typed, sizeof(typed), 0),
                         sizeof(typed));
    ask(client);
    assert_true(show(client));
    assert_int_equal(answers, 1);
    consume(IN_RING_BYTES);
    turn_loop();
    assert_int_equal(guest_in.header->head, 5 + IN_RING_BYTES);
    assert_true(show(client));
    assert_int_equal(answers, 2);
    close(client);
}

static void main_question_is_answered_behind_a_full_socket(void **state)
{
    int client = attach(0, false), i;

    (void)state;
    for (i = 0; i < 400; i++) {
        guest_put(RING_BYTES / 2);
        turn_loop();
    }
    ask(client);
    do {
        assert_true(show(client));
        turn_loop();
    } while (answers == 0);
    assert_int_equal(answers, 1);
    close(client);
}

static void main_question_of_a_client_that_may_not_type_is_answered(
    void **state)
{
    int client = attach(0, true);

    (void)state;
    send(client, "hello", 5, 0);
    ask(client);
    assert_true(show(client));
    assert_int_equal(answers, 1);
    assert_int_equal(guest_in.header->head, 0);
    close(client);
    turn_loop();
    assert_null(console.clients);
}

/* ---- places ---- */

static void main_one_attached_client_too_many_is_told_so(void **state)
{
    int fds[CLIENT_ATTACH_MAX], late, i;

    (void)state;
    for (i = 0; i < CLIENT_ATTACH_MAX; i++)
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
    for (i = 1; i < CLIENT_ATTACH_MAX; i++)
        close(fds[i]);
    close(late);
}

static void main_console_that_goes_sends_the_rest_and_closes(void **state)
{
    int client = attach(0, false);

    (void)state;
    turn_loop();
    guest_put(700);
    close_clients();
    assert_false(show(client));
    assert_shown(0, 700);
    close(client);
}

/* The client's socket was full, and has room again when the console goes. */
static void main_console_that_goes_sends_to_who_reads_again(void **state)
{
    int client = attach(0, false), i;
    unsigned int notices;

    (void)state;
    for (i = 0; i < 400; i++) {
        guest_put(RING_BYTES / 2);
        turn_loop();
    }
    assert_true(show(client));
    close_clients();
    assert_false(show(client));
    assert_int_equal(shown_until(&notices), 400 * RING_BYTES / 2);
    assert_int_equal(notices, 1);
    close(client);
}

#define attach_test(name) \
    cmocka_unit_test_setup_teardown(name, client_fixture_open, \
                                    client_fixture_close)

static const struct CMUnitTest tests[] = {
    attach_test(main_attached_client_gets_the_history_and_then_the_rest),
    attach_test(main_attached_again_nothing_comes_twice),
    attach_test(main_stopped_attached_client_is_told_what_it_missed),
    attach_test(main_full_socket_slows_no_other_client),
    attach_test(main_what_an_attached_client_types_is_in_the_ring),
    attach_test(main_read_only_attached_client_types_nothing),
    attach_test(main_full_ring_stops_reading_from_an_attached_client),
    attach_test(main_flooder_in_dom0_who_leaves_frees_its_place),
    attach_test(main_question_is_answered_once_all_before_it_is_in_the_ring),
    attach_test(main_question_is_answered_behind_a_full_socket),
    attach_test(main_question_of_a_client_that_may_not_type_is_answered),
    attach_test(main_one_attached_client_too_many_is_told_so),
    attach_test(main_console_that_goes_sends_the_rest_and_closes),
    attach_test(main_console_that_goes_sends_to_who_reads_again),
};

UNIT_MAIN(tests)
