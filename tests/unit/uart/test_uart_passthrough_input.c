/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_passthrough_input.c - what a guest receives by a passthrough UART
 *
 * Client input, and what comes in on the serial line, merged.
 */
#include "uart/uart_passthrough.h"

#include "unit/uart/uart_fixture.h"

#define CHARACTER_NS 86806u

static int open_parts(void **state)
{
    (void)state;
    return uart_fixture_open(&uart_passthrough);
}

static int begin(void **state)
{
    return open_parts(state) || uart_fixture_reset() ? -1 : 0;
}

static void main_the_line_is_heard_only_if_asked_for(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_RDI | UART_IER_RLSI);
    fake_uart_receive(device, 'x');
    device->lsr_errors = UART_LSR_OE | UART_LSR_FE;
    assert_int_equal(in(UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
    assert_int_equal(in(UART_RX), 0);
    assert_int_equal(device->reads[UART_RX], 0);
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
    assert_string_equal(line_did(), "");
}

static void main_received_bytes_interrupt_until_the_last_is_read(void **state)
{
    (void)state;
    fixture.uart.options.has_line_input = true;
    out(UART_IER, UART_IER_RDI);
    assert_int_equal(fixture.uart.poll_interval_ns, 1000000);
    fake_uart_receive(device, 'x');
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, UART_LSR_DR);
    fake_uart_receive(device, 'y');
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
    assert_int_equal(in(UART_RX), 'x');
    assert_string_equal(line_did(), "0");
    poll_uart();
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_RX), 'y');
    assert_string_equal(line_did(), "0");
}

static void main_reading_iir_looks_for_a_byte(void **state)
{
    (void)state;
    fixture.uart.options.has_line_input = true;
    out(UART_IER, UART_IER_RDI);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    fake_uart_receive(device, 'x');
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
    fake_uart_receive(device, 'y');
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
    /* The guest has this byte now. */
    assert_int_equal(device->reads[UART_RX], 1);
    assert_int_equal(in(UART_RX), 'x');
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
    assert_int_equal(in(UART_RX), 'y');
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
}

static void main_a_burst_on_the_line_is_taken_a_byte_a_commit(void **state)
{
    unsigned int i;

    (void)state;
    fixture.uart.options.has_line_input = true;
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8);
    for (i = 0; i < 10; i++)
        fake_uart_receive(device, 'a' + i);
    for (i = 0; i < 10; i++) {
        poll_uart();
        assert_int_equal(device->reads[UART_RX], i + 1);
        assert_int_equal(fixture.uart.poll_interval_ns, 1);
    }
    poll_uart();
    assert_true(fixture.uart.poll_interval_ns > 1);
    for (i = 0; i < 10; i++)
        assert_int_equal(in(UART_RX), 'a' + i);
}

static void main_errors_of_the_line_travel_with_their_byte(void **state)
{
    (void)state;
    fixture.uart.options.has_line_input = true;
    out(UART_IER, UART_IER_RLSI);
    fake_uart_receive(device, 'x');
    in(UART_LSR);
    fake_uart_receive_wrong(device, 'y', UART_LSR_FE);
    /* 'x' has the only place that the guest's receiver has: 'y' and its error
     * wait. */
    poll_uart();
    assert_int_equal(in(UART_LSR) & UART_LSR_FE, 0);
    assert_int_equal(in(UART_RX), 'x');
    poll_uart();
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_LSR) & (UART_LSR_FE | UART_LSR_DR),
                     UART_LSR_FE | UART_LSR_DR);
    assert_int_equal(in(UART_RX), 'y');
    fake_uart_receive(device, 'z');
    assert_int_equal(in(UART_LSR) & (UART_LSR_FE | UART_LSR_DR), UART_LSR_DR);
}

static void main_client_input_and_the_line_are_one_receiver(void **state)
{
    (void)state;
    fixture.uart.options.has_line_input = true;
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_IER, UART_IER_RDI);
    feed("ab");
    fake_uart_receive(device, 'c');
    poll_uart();
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RDI);
    assert_int_equal(in(UART_RX), 'a');
    assert_int_equal(in(UART_RX), 'b');
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, UART_LSR_DR);
    assert_int_equal(in(UART_RX), 'c');
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, 0);
    assert_string_equal(line_did(), "0");
}

static void main_loop_mode_shuts_clients_out_and_hears_the_device(
    void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    assert_int_equal(room(), 0);
    out(UART_TX, 'l');
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, UART_LSR_DR);
    assert_int_equal(in(UART_RX), 'l');
    out(UART_MCR, 0);
    assert_int_equal(room(), 1);
    fixture.uart.options.needs_rts = true;
    assert_int_equal(room(), 0);
    out(UART_MCR, UART_MCR_RTS);
    assert_int_equal(room(), 1);
}

static void main_a_few_bytes_interrupt_by_time_out(void **state)
{
    (void)state;
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
    out(UART_IER, UART_IER_RDI);
    feed("abc");
    assert_string_equal(line_did(), "");
    assert_int_equal(fixture.uart.poll_interval_ns, 4 * CHARACTER_NS);
    poll_uart();
    poll_uart();
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RX_TIMEOUT);
    assert_int_equal(in(UART_RX), 'a');
    assert_string_equal(line_did(), "0");
}

/* ---- input=loopback ---- */

static void uart_input_comes_back_through_the_plug(void **state)
{
    (void)state;
    device->has_plug = true;
    fixture.uart.options.has_plug = true;
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_IER, UART_IER_RDI);
    assert_int_equal(room(), 1);
    feed("a");
    assert_int_equal(device->written, 1);
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, UART_LSR_DR);
    assert_string_equal(line_did(), "1");
    assert_int_equal(room(), 1);
    feed("b");
    /* One byte is on its way through the plug at a time. */
    assert_int_equal(room(), 0);
    assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS);
    poll_uart();
    assert_int_equal(room(), 1);
    assert_int_equal(in(UART_RX), 'a');
    assert_int_equal(in(UART_RX), 'b');
    assert_ring("");
}

static void uart_output_stays_off_the_plugs_line(void **state)
{
    (void)state;
    device->has_plug = true;
    fixture.uart.options.has_plug = true;
    out(UART_IER, UART_IER_THRI);
    assert_string_equal(line_did(), "1");
    fake_uart_stall(device, true);
    out(UART_TX, 'o');
    assert_string_equal(line_did(), "01");
    assert_int_equal(in(UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
    assert_int_equal(device->written, 0);
    assert_ring("o");
    /* In loop mode the guest has the device's receiver, plug or not. */
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_TX, 'l');
    assert_int_equal(device->written, 1);
    assert_ring("o");
}

static void uart_a_byte_that_does_not_come_back_is_given_up(void **state)
{
    unsigned int i;

    (void)state;
    fixture.uart.options.has_plug = true; /* but there is no plug */
    feed("x");
    for (i = 0; i < 100; i++) {
        assert_int_equal(room(), 0);
        poll_uart();
    }
    assert_int_equal(room(), 1);
    feed_byte(0, UART_LSR_BI);
    assert_int_equal(in(UART_LSR) & UART_LSR_BI, UART_LSR_BI);
}

#define UART_TEST(name) \
    cmocka_unit_test_setup_teardown(name, begin, uart_fixture_end)

static const struct CMUnitTest tests[] = {
    UART_TEST(main_the_line_is_heard_only_if_asked_for),
    UART_TEST(main_received_bytes_interrupt_until_the_last_is_read),
    UART_TEST(main_reading_iir_looks_for_a_byte),
    UART_TEST(main_a_burst_on_the_line_is_taken_a_byte_a_commit),
    UART_TEST(main_errors_of_the_line_travel_with_their_byte),
    UART_TEST(main_client_input_and_the_line_are_one_receiver),
    UART_TEST(main_loop_mode_shuts_clients_out_and_hears_the_device),
    UART_TEST(main_a_few_bytes_interrupt_by_time_out),
    UART_TEST(uart_input_comes_back_through_the_plug),
    UART_TEST(uart_output_stays_off_the_plugs_line),
    UART_TEST(uart_a_byte_that_does_not_come_back_is_given_up),
};

UNIT_MAIN(tests)
