/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_receiver.c - the receiver access by access, as mode=virtual has it
 *
 * FIFO, trigger level, character time-out, line status.  Sections are those of
 * PC16550D.
 */
#include "uart/uart_virtual.h"

#include "uart/uart_receiver.h"
#include "unit/uart/uart_fixture.h"

#define CHARACTER_NS 86806u
#define FIFO_ON (UART_FCR_ENABLE_FIFO)
#define EMPTY (UART_LSR_THRE | UART_LSR_TEMT)

/* ---- the receiver ---- */

static void uart_without_fifo_it_takes_one_byte_at_a_time(void **state)
{
    (void)state;
    assert_int_equal(room(), 1);
    out(UART_IER, UART_IER_RDI);
    feed("x");
    assert_int_equal(room(), 0);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR);
    assert_int_equal(in(UART_RX), 'x');
    assert_string_equal(line_did(), "0");
    assert_int_equal(in(UART_LSR), EMPTY);
    assert_int_equal(room(), 1);
    /* Without a FIFO nothing is timed. */
    feed("y");
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
    poll_uart();
    poll_uart();
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
}

static void uart_the_fifo_interrupts_at_its_trigger(void **state)
{
    static const uint8_t levels[] = { 1, 4, 8, 14 };
    unsigned int i, count;

    (void)state;
    out(UART_IER, UART_IER_RDI);
    for (i = 0; i < 4; i++) {
        out(UART_FCR, FIFO_ON | UART_FCR_CLEAR_RCVR | i << 6);
        assert_int_equal(room(), 16);
        for (count = 1; count < levels[i]; count++)
            feed_byte(count, 0);
        assert_string_equal(line_did(), "");
        assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_NO_INT);
        feed_byte(count, 0);
        assert_string_equal(line_did(), "1");
        assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RDI);
        /* Below the trigger level the interrupt goes away, and DR stays. */
        assert_int_equal(in(UART_RX), 1);
        assert_string_equal(line_did(), "0");
        assert_int_equal(in(UART_LSR) & UART_LSR_DR,
                         levels[i] > 1 ? UART_LSR_DR : 0);
    }
}

static void uart_a_changed_trigger_counts_at_once(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_RDI);
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_8);
    feed("abcd");
    assert_string_equal(line_did(), "");
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_4);
    assert_string_equal(line_did(), "1");
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_14);
    assert_string_equal(line_did(), "0");
    assert_int_equal(room(), 12);
}

static void uart_the_fifo_keeps_order_around_its_end(void **state)
{
    unsigned int round, i;

    (void)state;
    out(UART_FCR, FIFO_ON);
    for (round = 0; round < 10; round++) {
        for (i = 0; i < 11; i++)
            feed_byte(round * 11 + i, 0);
        for (i = 0; i < 11; i++)
            assert_int_equal(in(UART_RX), round * 11 + i);
    }
    assert_int_equal(in(UART_RX), 0);
    assert_int_equal(room(), 16);
}

static void uart_few_bytes_interrupt_after_four_characters_of_quiet(
    void **state)
{
    (void)state;
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_8);
    out(UART_IER, UART_IER_RDI);
    feed("ab");
    assert_int_equal(fixture.uart.poll_interval_ns, 4 * CHARACTER_NS);
    poll_uart(); /* how long before this poll they came is not known */
    assert_string_equal(line_did(), "");
    assert_int_equal(fixture.uart.poll_interval_ns, 4 * CHARACTER_NS);
    poll_uart();
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RX_TIMEOUT);
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
    /* 8.11: another byte does not take the time-out away, reading a byte does.
     */
    feed("c");
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RX_TIMEOUT);
    assert_int_equal(in(UART_RX), 'a');
    assert_string_equal(line_did(), "0");
    /* The bytes that are left are timed anew. */
    poll_uart();
    poll_uart();
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_RX), 'b');
    assert_int_equal(in(UART_RX), 'c');
    assert_string_equal(line_did(), "0");
    poll_uart();
    poll_uart();
    assert_string_equal(line_did(), "");
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
}

static void uart_end_of_input_is_the_time_out(void **state)
{
    (void)state;
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_8);
    out(UART_IER, UART_IER_RDI);
    end_input(); /* there was none */
    assert_string_equal(line_did(), "");
    feed("ab");
    end_input();
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RX_TIMEOUT);
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
}

static void uart_end_of_input_is_none_where_a_baud_rate_is_kept(void **state)
{
    (void)state;
    fixture.uart.options.is_paced = true;
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_8);
    out(UART_IER, UART_IER_RDI);
    feed("ab");
    end_input();
    assert_string_equal(line_did(), "");
    assert_int_equal(fixture.uart.poll_interval_ns, 4 * CHARACTER_NS);
}

static void uart_bytes_that_come_and_go_put_the_time_out_off(void **state)
{
    unsigned int i;

    (void)state;
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_14);
    out(UART_IER, UART_IER_RDI);
    feed("ab");
    for (i = 0; i < 5; i++) {
        feed("x");
        poll_uart();
    }
    for (i = 0; i < 5; i++) {
        in(UART_RX);
        poll_uart();
    }
    assert_string_equal(line_did(), "");
    poll_uart();
    assert_string_equal(line_did(), "1");
}

static void uart_quiet_adds_up_over_shorter_looks(void **state)
{
    unsigned int i;

    (void)state;
    fixture.uart.options.is_paced = true;
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_14);
    out(UART_IER, UART_IER_RDI);
    for (i = 0; i < 6; i++)
        out(UART_TX, 't');
    feed("a");
    /* The transmitter makes a poll due each character time. */
    assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS);
    for (i = 0; i < 4; i++)
        poll_uart();
    assert_string_equal(line_did(), "");
    poll_uart();
    assert_string_equal(line_did(), "1");
}

static void uart_time_out_is_seen_by_who_enables_it_later(void **state)
{
    (void)state;
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_8);
    feed("a");
    poll_uart();
    poll_uart();
    assert_string_equal(line_did(), "");
    out(UART_IER, UART_IER_RDI);
    assert_string_equal(line_did(), "1");
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_8 | UART_FCR_CLEAR_RCVR);
    assert_string_equal(line_did(), "0");
}

static void uart_switching_the_fifo_empties_it(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_RDI);
    feed("x");
    out(UART_FCR, FIFO_ON);
    assert_int_equal(in(UART_LSR), EMPTY);
    assert_string_equal(line_did(), "10");
    feed("abc");
    out(UART_FCR, UART_FCR_CLEAR_RCVR);
    assert_int_equal(in(UART_LSR), EMPTY);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    feed("y");
    /* 8.5: without bit 0 the other bits are not programmed. */
    out(UART_FCR, UART_FCR_CLEAR_RCVR);
    assert_int_equal(in(UART_RX), 'y');
}

/* A guest that takes the bytes that it sees waits for no more of them. */
static void uart_two_reads_without_a_byte_ask_for_more(void **state)
{
    (void)state;
    out(UART_FCR, FIFO_ON);
    feed("ab");
    in(UART_LSR);
    assert_false(uart_receiver_is_waited_for(fixture.uart.state));
    in(UART_RX);
    in(UART_IIR);
    in(UART_RX);
    in(UART_LSR);
    assert_false(uart_receiver_is_waited_for(fixture.uart.state));
    in(UART_IIR);
    assert_true(uart_receiver_is_waited_for(fixture.uart.state));
    feed("c");
    assert_false(uart_receiver_is_waited_for(fixture.uart.state));
}

static void uart_nothing_comes_in_while_rts_is_low(void **state)
{
    (void)state;
    out(UART_FCR, FIFO_ON);
    assert_int_equal(room(), 16);
    fixture.uart.options.needs_rts = true;
    assert_int_equal(room(), 0);
    out(UART_MCR, UART_MCR_DTR);
    assert_int_equal(room(), 0);
    out(UART_MCR, UART_MCR_RTS);
    assert_int_equal(room(), 16);
}

/* ---- line status ---- */

static void uart_a_break_is_a_zero_byte_with_bi(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_RLSI | UART_IER_RDI);
    feed_byte(0, UART_LSR_BI);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), UART_IIR_RLSI);
    /* 8.4: without a FIFO there is no error in it. */
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_BI | UART_LSR_DR);
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR);
    assert_int_equal(in(UART_RX), 0);
    assert_string_equal(line_did(), "0");
}

static void uart_only_reading_lsr_takes_its_errors_away(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_RLSI);
    feed_byte(0, UART_LSR_BI);
    in(UART_RX);
    assert_int_equal(in(UART_IIR), UART_IIR_RLSI);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_BI);
    assert_string_equal(line_did(), "0");
}

static void uart_errors_show_when_their_byte_is_on_top(void **state)
{
    (void)state;
    out(UART_FCR, FIFO_ON);
    out(UART_IER, UART_IER_RLSI);
    feed("a");
    feed_byte('b', UART_LSR_PE);
    feed("c");
    feed_byte(0, UART_LSR_BI);
    assert_string_equal(line_did(), "");
    /* Bit 7 says that one is in the FIFO. */
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR | UART_LSR_FIFOE);
    in(UART_RX);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR | UART_LSR_PE |
                     UART_LSR_FIFOE);
    assert_string_equal(line_did(), "0");
    assert_int_equal(in(UART_RX), 'b');
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR | UART_LSR_FIFOE);
    assert_int_equal(in(UART_RX), 'c');
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR | UART_LSR_BI |
                     UART_LSR_FIFOE);
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR);
}

static const struct CMUnitTest tests[] = {
    UART_VIRTUAL_TEST(uart_without_fifo_it_takes_one_byte_at_a_time),
    UART_VIRTUAL_TEST(uart_end_of_input_is_the_time_out),
    UART_VIRTUAL_TEST(uart_end_of_input_is_none_where_a_baud_rate_is_kept),
    UART_VIRTUAL_TEST(uart_the_fifo_interrupts_at_its_trigger),
    UART_VIRTUAL_TEST(uart_a_changed_trigger_counts_at_once),
    UART_VIRTUAL_TEST(uart_the_fifo_keeps_order_around_its_end),
    UART_VIRTUAL_TEST(uart_few_bytes_interrupt_after_four_characters_of_quiet),
    UART_VIRTUAL_TEST(uart_bytes_that_come_and_go_put_the_time_out_off),
    UART_VIRTUAL_TEST(uart_quiet_adds_up_over_shorter_looks),
    UART_VIRTUAL_TEST(uart_time_out_is_seen_by_who_enables_it_later),
    UART_VIRTUAL_TEST(uart_switching_the_fifo_empties_it),
    UART_VIRTUAL_TEST(uart_two_reads_without_a_byte_ask_for_more),
    UART_VIRTUAL_TEST(uart_nothing_comes_in_while_rts_is_low),
    UART_VIRTUAL_TEST(uart_a_break_is_a_zero_byte_with_bi),
    UART_VIRTUAL_TEST(uart_only_reading_lsr_takes_its_errors_away),
    UART_VIRTUAL_TEST(uart_errors_show_when_their_byte_is_on_top),
};

UNIT_MAIN(tests)
