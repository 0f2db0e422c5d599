/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_16750.c - fifo=64: what a 16750 has more than a 16550A (TL16C750)
 *
 * A driver that does not ask for it sees a 16550A.
 */
#include "uart/uart_virtual.h"

#include "uart/uart_receiver.h"
#include "unit/uart/uart_fixture.h"

#define FIFO_ON   UART_FCR_ENABLE_FIFO
#define WIDE      UART_FCR7_64BYTE
#define IIR_FIFO  0xc0
#define IIR_WIDE  0xe0
#define FIFO_BITS 0xe0

static int begin(void **state)
{
    (void)state;
    if (uart_fixture_open(&uart_virtual))
        return -1;
    fixture.uart.options.is_16750 = true;
    return uart_fixture_reset();
}

static void make_wide(void)
{
    out(UART_LCR, UART_LCR_DLAB);
    out(UART_FCR, FIFO_ON | WIDE);
    out(UART_LCR, UART_LCR_WLEN8);
}

/* As Linux's autoconfig_16550a() finds a 16750. */
static void uart_drivers_find_64_bytes_behind_dlab(void **state)
{
    (void)state;
    out(UART_FCR, FIFO_ON);
    assert_int_equal(in(UART_IIR) & FIFO_BITS, IIR_FIFO);
    out(UART_FCR, FIFO_ON | WIDE);
    assert_int_equal(in(UART_IIR) & FIFO_BITS, IIR_FIFO);
    out(UART_LCR, UART_LCR_DLAB);
    out(UART_FCR, FIFO_ON | WIDE);
    assert_int_equal(in(UART_IIR) & FIFO_BITS, IIR_WIDE);
    /* Only behind DLAB can it be taken back. */
    out(UART_LCR, 0);
    out(UART_FCR, FIFO_ON);
    assert_int_equal(in(UART_IIR) & FIFO_BITS, IIR_WIDE);
    out(UART_LCR, UART_LCR_DLAB);
    out(UART_FCR, FIFO_ON);
    assert_int_equal(in(UART_IIR) & FIFO_BITS, IIR_FIFO);
}

static void uart_without_the_option_it_stays_a_16550a(void **state)
{
    (void)state;
    fixture.uart.options.is_16750 = false;
    make_wide();
    assert_int_equal(in(UART_IIR) & FIFO_BITS, IIR_FIFO);
    assert_int_equal(room(), 16);
}

static void uart_switching_the_fifo_off_ends_its_width(void **state)
{
    (void)state;
    make_wide();
    out(UART_FCR, 0);
    assert_int_equal(in(UART_IIR) & FIFO_BITS, 0);
    assert_int_equal(room(), 1);
    out(UART_FCR, FIFO_ON);
    assert_int_equal(in(UART_IIR) & FIFO_BITS, IIR_FIFO);
    assert_int_equal(room(), 16);
}

static void uart_64_bytes_are_received_in_order(void **state)
{
    unsigned int i, round;

    (void)state;
    make_wide();
    for (round = 0; round < 3; round++) {
        for (i = 0; i < 64; i++) {
            assert_int_equal(room(), 64 - i);
            feed_byte(i + round, 0);
        }
        assert_int_equal(room(), 0);
        for (i = 0; i < 64; i++)
            assert_int_equal(in(UART_RX), i + round);
        assert_int_equal(in(UART_LSR) & (UART_LSR_DR | UART_LSR_OE), 0);
    }
}

static void uart_its_triggers_are_further_apart(void **state)
{
    static const uint8_t levels[] = { 1, 16, 32, 56 };
    unsigned int i, count;

    (void)state;
    make_wide();
    out(UART_IER, UART_IER_RDI);
    for (i = 0; i < 4; i++) {
        out(UART_FCR, FIFO_ON | UART_FCR_CLEAR_RCVR | i << 6);
        for (count = 1; count < levels[i]; count++) {
            feed_byte(count, 0);
            assert_int_equal(in(UART_IIR) & 0x0f, UART_IIR_NO_INT);
        }
        feed_byte(count, 0);
        assert_int_equal(in(UART_IIR) & 0x0f, UART_IIR_RDI);
    }
}

/* If not, more bytes than fit could be left in it. */
static void uart_changing_the_width_empties_the_fifo(void **state)
{
    unsigned int i;

    (void)state;
    make_wide();
    for (i = 0; i < 64; i++)
        feed_byte(i, 0);
    out(UART_LCR, UART_LCR_DLAB);
    out(UART_FCR, FIFO_ON);
    assert_int_equal(room(), 16);
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, 0);
}

/* 64 bytes in the FIFO, and one in the shift register. */
static void uart_a_paced_transmitter_holds_64(void **state)
{
    unsigned int i;

    (void)state;
    fixture.uart.options.is_paced = true;
    make_wide();
    for (i = 0; i < 70; i++)
        out(UART_TX, 'x');
    for (i = 0; i < 64; i++) {
        assert_int_equal(in(UART_LSR) & UART_LSR_THRE, 0);
        poll_uart();
    }
    assert_int_equal(in(UART_LSR) & (UART_LSR_THRE | UART_LSR_TEMT),
                     UART_LSR_THRE);
    poll_uart();
    assert_int_equal(in(UART_LSR) & UART_LSR_TEMT, UART_LSR_TEMT);
}

#define WIDE_TEST(name) \
    cmocka_unit_test_setup_teardown(name, begin, uart_fixture_end)

static const struct CMUnitTest tests[] = {
    WIDE_TEST(uart_drivers_find_64_bytes_behind_dlab),
    WIDE_TEST(uart_without_the_option_it_stays_a_16550a),
    WIDE_TEST(uart_switching_the_fifo_off_ends_its_width),
    WIDE_TEST(uart_64_bytes_are_received_in_order),
    WIDE_TEST(uart_its_triggers_are_further_apart),
    WIDE_TEST(uart_changing_the_width_empties_the_fifo),
    WIDE_TEST(uart_a_paced_transmitter_holds_64),
};

UNIT_MAIN(tests)
