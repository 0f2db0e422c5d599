/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_wire.c - the uart role with a tty as its wire: both ways, stalled,
 * gone
 */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/serial_reg.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "uart-role/role_wire.h"

#define BOTH_BYTES 8192u
#define REP_BYTES 148u

static bool type_one(struct role_test *test, uint8_t byte)
{
    struct waker waker = net_side(test);
    bool is_typed = type_byte(test, &waker, byte);

    close(waker.fd);
    return is_typed;
}

/* ---- both ways ---- */

static void uart_wire_bytes_go_both_ways_at_once(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    static uint8_t typed[BOTH_BYTES];
    size_t typed_bytes = 0, received = 0, i;

    for (i = 0; i < sizeof(typed); i++)
        typed[i] = role_test_random(test);
    fake_out(guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO);
    while (role_wire.sent_bytes < BOTH_BYTES || received < BOTH_BYTES) {
        uint32_t lsr = fake_in(guest, 0, LSR, 1);
        ssize_t taken = write(role_wire.other, typed + typed_bytes,
                              sizeof(typed) - typed_bytes);

        typed_bytes += taken > 0 ? taken : 0;
        assert_int_equal(lsr & UART_LSR_OE, 0);
        if (lsr & UART_LSR_DR)
            assert_int_equal(fake_in(guest, 0, RBR, 1), typed[received++]);
        if ((lsr & UART_LSR_THRE) && role_wire.sent_bytes < BOTH_BYTES)
            guest_writes_random(test, 1);
        read_wire();
    }
    assert_all_came();
    assert_true(output_is(test, role_wire.sent, role_wire.sent_bytes));
    assert_int_equal(test->harness.out.header->report.in_doubt, 0);
    assert_int_equal(test->harness.out.header->report.has_wire, 1);
}

static void uart_wire_what_comes_in_wakes_a_sleeping_guest(void **state)
{
    struct role_test *test = *state;

    fake_out(&test->guest, 0, IER, 1, UART_IER_RDI);
    assert_int_equal(write(role_wire.other, "hi\xff", 3), 3);
    assert_int_equal(guest_reads(test), 'h');
    assert_int_equal(guest_reads(test), 'i');
    assert_int_equal(guest_reads(test), 0xff);
    assert_true(wait_until(is_line_down, &test->guest));
}

static void uart_wire_and_clients_share_the_receiver(void **state)
{
    struct role_test *test = *state;
    unsigned int i, count = 200, from_wire = 0, from_clients = 0;

    fake_out(&test->guest, 0, IER, 1, UART_IER_RDI);
    for (i = 0; i < count; i++) {
        uint8_t byte = i & 0x7f;

        assert_true(type_one(test, byte | 0x80));
        assert_int_equal(write(role_wire.other, &byte, 1), 1);
    }
    for (i = 0; i < 2 * count; i++) {
        uint8_t byte = guest_reads(test);
        unsigned int *from = byte & 0x80 ? &from_clients : &from_wire;

        assert_int_equal(byte & 0x7f, (*from)++ & 0x7f);
        /* Neither the wire nor the clients wait for the end of the other. */
        if (i == count)
            assert_true(from_wire > count / 4 && from_clients > count / 4);
    }
    assert_int_equal(from_wire, count);
}

static void uart_wire_a_stalled_one_makes_the_guest_wait(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    unsigned int stalls;

    fake_out(guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO);
    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    for (stalls = 0; stalls < 20; stalls++) {
        assert_true(wait_until(is_line_up, guest));
        assert_int_equal(fake_in(guest, 0, IIR, 1) & 0x0f, UART_IIR_THRI);
        guest_writes_random(test, 16);
        assert_all_came();
        stall_role_wire(true);
        guest_writes_random(test, 16);
        assert_int_equal(fake_in(guest, 0, LSR, 1) & UART_LSR_THRE, 0);
        assert_int_equal(fake_in(guest, 0, IIR, 1) & 0x0f, UART_IIR_NO_INT);
        /* Only the other side of the tty can end this. */
        stall_role_wire(false);
    }
    assert_all_came();
    assert_true(output_is(test, role_wire.sent, role_wire.sent_bytes));
}

/* The buffers of the pty are full, too. */
static void uart_wire_a_guest_that_does_not_look_loses_nothing(void **state)
{
    struct role_test *test = *state;

    while (role_wire.sent_bytes + REP_BYTES < WIRE_STREAM_BYTES)
        guest_writes_rep(test, REP_BYTES);
    assert_int_equal(fake_in(&test->guest, 0, LSR, 1) & UART_LSR_THRE, 0);
    assert_all_came();
    assert_int_equal(test->harness.out.header->report.wire_missed, 0);
}

/* ---- settings, and the end ---- */

static struct termios2 settings(void)
{
    struct termios2 now;

    assert_int_equal(ioctl(role_wire.held, TCGETS2, &now), 0);
    return now;
}

static void uart_wire_settings_are_the_guests_and_come_back(void **state)
{
    struct role_test *test = *state;
    struct termios2 changed;

    fake_out(&test->guest, 0, LCR, 1, UART_LCR_DLAB | UART_LCR_WLEN8);
    fake_out(&test->guest, 0, THR, 1, 12);
    fake_out(&test->guest, 0, IER, 1, 0);
    fake_out(&test->guest, 0, LCR, 1, UART_LCR_WLEN8 | UART_LCR_STOP);
    assert_int_equal(settings().c_ospeed, 9600);
    assert_true(settings().c_cflag & CSTOPB);
    /* A successor tells the tty the settings again, and knows what it was set
     * to before. */
    assert_int_equal(harness_kill(&test->harness), SIGKILL);
    changed = settings();
    changed.c_cflag &= ~CSTOPB;
    assert_int_equal(ioctl(role_wire.held, TCSETS2, &changed), 0);
    assert_int_equal(start_successor(test), 0);
    fake_in(&test->guest, 0, LSR, 1); /* when this is answered it serves */
    assert_true(settings().c_cflag & CSTOPB);
    assert_false(settings().c_lflag & ECHO);
    assert_int_equal(harness_stop(&test->harness), 0);
    assert_int_equal(settings().c_ospeed, 38400);
    assert_true(settings().c_lflag & ECHO);
}

static void uart_wire_what_waits_is_sent_by_a_successor(void **state)
{
    struct role_test *test = *state;

    guest_writes_random(test, 100);
    stall_role_wire(true);
    guest_writes_random(test, 100);
    assert_int_equal(harness_stop(&test->harness), 0);
    assert_int_equal(harness_start(&test->harness), 0);
    guest_writes_random(test, 100);
    stall_role_wire(false);
    assert_all_came();
}

static void uart_wire_one_that_is_gone_stops_nobody(void **state)
{
    struct role_test *test = *state;

    stall_role_wire(true);
    guest_writes_random(test, 300);
    assert_int_equal(fake_in(&test->guest, 0, LSR, 1) & UART_LSR_THRE, 0);
    close(role_wire.other);
    role_wire.other = -1;
    assert_int_equal(harness_await(&test->harness, ROLE_WIRE_LOST), 0);
    guest_writes_random(test, 10);
    assert_int_equal(fake_in(&test->guest, 0, LSR, 1), 0x60);
    assert_true(output_is(test, role_wire.sent, role_wire.sent_bytes));
    assert_true(test->harness.out.header->report.wire_missed > 0);
    assert_int_equal(test->harness.out.header->report.has_wire, 0);
    /* Nor does one that starts while the tty is gone. */
    assert_int_equal(harness_kill(&test->harness), SIGKILL);
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(fake_in(&test->guest, 0, LSR, 1), 0x60);
}

static bool has_wire(void *opaque)
{
    struct role_test *test = opaque;

    return test->harness.out.header->report.has_wire;
}

static void assert_both_ways(struct role_test *test)
{
    guest_writes_random(test, 300);
    assert_all_came();
    assert_int_equal(write(role_wire.other, "hi\xff", 3), 3);
    assert_int_equal(guest_reads(test), 'h');
    assert_int_equal(guest_reads(test), 'i');
    assert_int_equal(guest_reads(test), 0xff);
}

/* D11: it stayed gone until mediatord was started anew. */
static void uart_wire_that_comes_back_is_used_again_both_ways(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    struct uart_report *report = &test->harness.out.header->report;
    unsigned int i;

    fake_out(guest, 0, LCR, 1, UART_LCR_DLAB | UART_LCR_WLEN8);
    fake_out(guest, 0, THR, 1, 12);
    fake_out(guest, 0, IER, 1, 0);
    fake_out(guest, 0, LCR, 1, UART_LCR_WLEN8 | UART_LCR_STOP);
    fake_out(guest, 0, IER, 1, UART_IER_RDI);
    for (i = 0; i < 3; i++) {
        uint64_t missed = report->wire_missed;

        assert_both_ways(test);
        pull_role_wire();
        assert_int_equal(harness_await(&test->harness, ROLE_WIRE_LOST), 0);
        assert_int_equal(report->has_wire, 0);
        guest_writes_random(test, 100);
        assert_int_equal(fake_in(guest, 0, LSR, 1) & 0x60, 0x60);
        plug_role_wire(test);
        assert_true(wait_until(has_wire, test));
        assert_int_equal(report->wire_missed - missed, 100);
        assert_int_equal(settings().c_ospeed, 9600);
        assert_true(settings().c_cflag & CSTOPB);
        assert_false(settings().c_lflag & ECHO);
    }
    assert_both_ways(test);
    assert_int_equal(test->harness.wires_lost, 3);
    assert_int_equal(report->in_doubt, 0);
}

/* The role has it already, or has no use for it. */
static void uart_wire_that_is_not_lost_is_not_replaced(void **state)
{
    struct role_test *test = *state;
    struct role_message message = { .type = ROLE_WIRE };

    role_link_send(test->harness.link, &message, &role_wire.held, 1);
    role_link_send(test->harness.link, &message, NULL, 0);
    kill(test->harness.pid, SIGUSR1);
    fake_out(&test->guest, 0, IER, 1, UART_IER_RDI);
    assert_both_ways(test);
    /* What is no tty is as good as none. */
    pull_role_wire();
    assert_int_equal(harness_await(&test->harness, ROLE_WIRE_LOST), 0);
    role_wire.held = open("/dev/null", O_RDWR | O_CLOEXEC);
    role_link_send(test->harness.link, &message, &role_wire.held, 1);
    kill(test->harness.pid, SIGUSR1);
    assert_int_equal(harness_await(&test->harness, ROLE_WIRE_LOST), 0);
    close(role_wire.held);
    plug_role_wire(test);
    assert_true(wait_until(has_wire, test));
    assert_both_ways(test);
}

static void uart_wire_a_console_does_not_begin_without_it(void **state)
{
    struct role_test *test = *state;

    assert_int_equal(harness_remove_server(&test->harness), 0);
    test->harness.option = "wire=/dev/null";
    assert_int_equal(harness_start(&test->harness), -1);
    assert_non_null(strstr(test->harness.failure, "wire=/dev/null"));
    assert_int_equal(fake_count_servers(), 0);
}

static const struct CMUnitTest tests[] = {
    ROLE_WIRE_TEST(uart_wire_bytes_go_both_ways_at_once),
    ROLE_WIRE_TEST(uart_wire_what_comes_in_wakes_a_sleeping_guest),
    ROLE_WIRE_TEST(uart_wire_and_clients_share_the_receiver),
    ROLE_WIRE_TEST(uart_wire_a_stalled_one_makes_the_guest_wait),
    ROLE_WIRE_TEST(uart_wire_a_guest_that_does_not_look_loses_nothing),
    ROLE_WIRE_TEST(uart_wire_settings_are_the_guests_and_come_back),
    ROLE_WIRE_TEST(uart_wire_what_waits_is_sent_by_a_successor),
    ROLE_WIRE_TEST(uart_wire_one_that_is_gone_stops_nobody),
    ROLE_WIRE_TEST(uart_wire_that_comes_back_is_used_again_both_ways),
    ROLE_WIRE_TEST(uart_wire_that_is_not_lost_is_not_replaced),
    ROLE_WIRE_TEST(uart_wire_a_console_does_not_begin_without_it),
};

UNIT_MAIN(tests)
