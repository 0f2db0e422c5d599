/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_wire.c - bytes between a virtual UART and the tty that is its wire
 */
#include <asm/ioctls.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "unit/uart/wire_fixture.h"

#define FIFO_ON UART_FCR_ENABLE_FIFO
#define EMPTY (UART_LSR_THRE | UART_LSR_TEMT)
#define RING_BYTES 4096u /* of the fixture's out ring */

/* ---- output ---- */

static void uart_wire_bytes_go_out_and_to_the_ring(void **state)
{
    (void)state;
    out(UART_TX, 'h');
    out(UART_TX, 'i');
    assert_came("hi");
    assert_ring("hi");
    assert_int_equal(in(UART_LSR), EMPTY);
}

static void uart_wire_loop_mode_stays_off_it(void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_TX, 'x');
    assert_came("");
    out(UART_MCR, 0);
    out(UART_TX, 'y');
    assert_came("y");
}

static void uart_wire_a_full_one_is_thre_0_until_it_takes_more(void **state)
{
    (void)state;
    stall_wire(true);
    out(UART_IER, UART_IER_THRI);
    in(UART_IIR);
    line_did();
    out(UART_TX, 'a');
    assert_ring("a");
    assert_int_equal(in(UART_LSR), 0);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    send_waiting();
    assert_int_equal(in(UART_LSR), 0);
    /* A guest that does not read LSR loses nothing either. */
    out(UART_TX, 'b');
    out(UART_TX, 'c');
    out(UART_FCR, FIFO_ON | UART_FCR_CLEAR_XMIT);
    assert_int_equal(in(UART_LSR), 0);
    assert_string_equal(line_did(), "");
    stall_wire(false);
    send_waiting();
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_LSR), EMPTY);
    assert_came("abc");
}

static void uart_wire_temt_waits_until_linux_has_sent_all(void **state)
{
    (void)state;
    modem.unsent = 5;
    out(UART_TX, 'a');
    assert_int_equal(in(UART_LSR), UART_LSR_THRE);
    modem.unsent = 0;
    assert_int_equal(in(UART_LSR), EMPTY);
    modem.unsent = 1; /* it is not asked again */
    assert_int_equal(in(UART_LSR), EMPTY);
}

static void uart_wire_a_history_written_over_is_counted(void **state)
{
    unsigned int i;
    char came;

    (void)state;
    stall_wire(true);
    for (i = 0; i < RING_BYTES + 3; i++)
        out(UART_TX, 'a' + i % 26);
    stall_wire(false);
    send_waiting();
    assert_int_equal(fixture.ring.header->report.wire_missed, 3);
    for (i = 0; i < RING_BYTES; i++) {
        await_bytes(other, 1);
        assert_int_equal(read(other, &came, 1), 1);
        assert_int_equal(came, 'a' + (i + 3) % 26);
    }
}

static void uart_wire_a_new_domain_does_not_send_an_old_ones_bytes(
    void **state)
{
    (void)state;
    stall_wire(true);
    out(UART_TX, 'a');
    uart_fixture_reset();
    stall_wire(false);
    send_waiting();
    assert_came("");
    out(UART_TX, 'b');
    assert_came("b");
}

/* ---- input ---- */

static void uart_wire_bytes_come_in_as_far_as_there_is_room(void **state)
{
    char rest[8];

    (void)state;
    type_bytes("ab", 2);
    receive_all();
    assert_int_equal(room(), 0);
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR);
    assert_int_equal(in(UART_RX), 'a');
    receive_all();
    assert_int_equal(in(UART_RX), 'b');
    assert_int_equal(in(UART_LSR), EMPTY);
    /* The rest stays in Linux's buffer. */
    out(UART_FCR, FIFO_ON);
    type_bytes("0123456789abcdefXY", 18);
    receive_all();
    assert_int_equal(read(wire.tty.fd, rest, sizeof(rest)), 2);
}

static void uart_wire_every_byte_value_comes_in(void **state)
{
    unsigned int value;
    char byte;

    (void)state;
    for (value = 0; value < 256; value++) {
        byte = (char)value;
        type_bytes(&byte, 1);
        receive_all();
        assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR);
        assert_int_equal(in(UART_RX), value);
    }
}

/* Receives what Linux makes of a broken character. */
static void receive_marks(const char *marks, size_t count)
{
    type_marks(marks, count);
    receive_all();
}

static void uart_wire_a_break_comes_in(void **state)
{
    (void)state;
    receive_marks("\377\0\0", 3);
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR | UART_LSR_BI);
    assert_int_equal(in(UART_RX), 0);
    assert_int_equal(in(UART_LSR), EMPTY);
}

static void uart_wire_errors_come_in_with_their_byte(void **state)
{
    (void)state;
    receive_marks("\377\0x", 3);
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR | UART_LSR_FE);
    assert_int_equal(in(UART_RX), 'x');
    out(UART_LCR, UART_LCR_WLEN8 | UART_LCR_PARITY);
    assert_true(settings().c_iflag & INPCK);
    receive_marks("\377\0y", 3);
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR | UART_LSR_PE);
    assert_int_equal(in(UART_RX), 'y');
}

/* ---- deaths and losses ---- */

static void uart_wire_a_byte_sent_in_doubt_is_not_sent_again(void **state)
{
    (void)state;
    journal_begin(&fixture.journal, &(struct port_request){ .count = 1 });
    fixture.uart.state = &journal_work(&fixture.journal)->uart;
    uart_virtual.write(&fixture.uart, UART_TX, 'd');
    uart_fixture_die();
    assert_true(fixture.journal.is_device_in_doubt);
    step(uart_wire_settle);
    out(UART_TX, 'd');
    out(UART_TX, 'e');
    assert_came("de");
    assert_ring("de");
    assert_int_equal(fixture.ring.header->report.in_doubt, 1);
}

static void uart_wire_a_byte_taken_in_doubt_costs_no_output(void **state)
{
    (void)state;
    stall_wire(true);
    out(UART_TX, 'o');
    type_bytes("i", 1);
    fixture.uart.state = &journal_work(&fixture.journal)->uart;
    assert_true(wire_tty_can_take(&wire.tty));
    uart_virtual.receive_from_wire(&fixture.uart);
    uart_fixture_die();
    step(uart_wire_settle);
    stall_wire(false);
    send_waiting();
    assert_came("o");
    receive_all();
    assert_int_equal(in(UART_LSR), EMPTY);
    assert_int_equal(fixture.ring.header->report.in_doubt, 1);
}

static void uart_wire_a_guest_goes_on_without_a_lost_one(void **state)
{
    (void)state;
    stall_wire(true);
    out(UART_TX, 'a');
    assert_int_equal(in(UART_LSR), 0);
    wire_hang_up();
    send_waiting();
    assert_true(wire.tty.is_lost);
    assert_int_equal(in(UART_LSR), EMPTY);
    out(UART_TX, 'b');
    assert_int_equal(in(UART_LSR), EMPTY);
    out(UART_LCR, UART_LCR_WLEN7 | UART_LCR_SBC);
    assert_false(wire_tty_can_take(&wire.tty));
    assert_false(wire_tty_put(&wire.tty, 'x'));
    assert_false(wire_tty_take(&wire.tty, &(uint8_t){ 0 }));
    assert_ring("ab");
    assert_int_equal(fixture.ring.header->report.wire_missed, 2);
}

static void uart_wire_a_loss_is_seen_by_whatever_is_done(void **state)
{
    (void)state;
    wire_hang_up();
    out(UART_TX, 'a'); /* by a write */
    assert_true(wire.tty.is_lost);
    assert_int_equal(wire_open_pty() || wire_connect(), 0);
    wire_hang_up();
    out(UART_LCR, UART_LCR_WLEN5); /* by a setting */
    assert_true(wire.tty.is_lost);
    assert_int_equal(wire_open_pty() || wire_connect(), 0);
    wire_hang_up();
    receive_all(); /* by a read, which finds the end of the file */
    assert_true(wire.tty.is_lost);
}

/* D11: the first byte of a mark was the last of the tty that is gone. */
static void uart_wire_begins_anew_with_another_tty(void **state)
{
    (void)state;
    receive_marks("\377", 1);
    wire_hang_up();
    out(UART_TX, 'a');
    out(UART_LCR, UART_LCR_WLEN8 | UART_LCR_STOP);
    assert_true(wire.tty.is_lost);
    assert_int_equal(wire_open_pty(), 0);
    assert_true(wire_tty_take_over(&wire.tty, wire_tty_open_path(wire_path),
                                   &before));
    wire.is_told = false;
    step(uart_wire_begin);
    assert_true(settings().c_cflag & CSTOPB);
    assert_int_equal(settings().c_lflag & ECHO, 0);
    out(UART_TX, 'b');
    assert_came("b");
    type_marks("\0x", 2);
    receive_all();
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR);
    assert_int_equal(in(UART_RX), 0);
    receive_all();
    assert_int_equal(in(UART_RX), 'x');
    assert_int_equal(fixture.ring.header->report.wire_missed, 1);
}

static const struct CMUnitTest tests[] = {
    WIRE_TEST(uart_wire_bytes_go_out_and_to_the_ring),
    WIRE_TEST(uart_wire_loop_mode_stays_off_it),
    WIRE_TEST(uart_wire_a_full_one_is_thre_0_until_it_takes_more),
    WIRE_TEST(uart_wire_temt_waits_until_linux_has_sent_all),
    WIRE_TEST(uart_wire_a_history_written_over_is_counted),
    WIRE_TEST(uart_wire_a_new_domain_does_not_send_an_old_ones_bytes),
    WIRE_TEST(uart_wire_bytes_come_in_as_far_as_there_is_room),
    WIRE_TEST(uart_wire_every_byte_value_comes_in),
    WIRE_TEST(uart_wire_a_break_comes_in),
    WIRE_TEST(uart_wire_errors_come_in_with_their_byte),
    WIRE_TEST(uart_wire_a_byte_sent_in_doubt_is_not_sent_again),
    WIRE_TEST(uart_wire_a_byte_taken_in_doubt_costs_no_output),
    WIRE_TEST(uart_wire_a_guest_goes_on_without_a_lost_one),
    WIRE_TEST(uart_wire_a_loss_is_seen_by_whatever_is_done),
    WIRE_TEST(uart_wire_begins_anew_with_another_tty),
};

UNIT_MAIN(tests)
