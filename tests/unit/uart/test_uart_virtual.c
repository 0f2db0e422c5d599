/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_virtual.c - the virtual 16550A access by access
 *
 * Sections are those of PC16550D.
 */
#include "uart/uart_virtual.h"

#include "unit/uart/uart_fixture.h"

#define CHARACTER_NS 86806u
#define FIFO_ON (UART_FCR_ENABLE_FIFO)
#define EMPTY (UART_LSR_THRE | UART_LSR_TEMT)
#define LINES (UART_MSR_CTS | UART_MSR_DSR | UART_MSR_DCD)

/* ---- registers ---- */

static void uart_after_reset_it_is_8n1_and_silent(void **state)
{
    (void)state;
    assert_int_equal(in(UART_LCR), UART_LCR_WLEN8);
    assert_int_equal(in(UART_IER), 0);
    assert_int_equal(in(UART_MCR), 0);
    assert_int_equal(in(UART_SCR), 0);
    assert_int_equal(in(UART_LSR), EMPTY);
    assert_int_equal(in(UART_MSR), LINES);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    out(UART_LCR, UART_LCR_DLAB);
    assert_int_equal(in(UART_DLL), 1);
    assert_int_equal(in(UART_DLM), 0);
    assert_string_equal(line_did(), "");
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
}

static void uart_modes_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(uart_ops_find("virtual"), &uart_virtual);
    assert_non_null(uart_ops_find("passthrough"));
    assert_null(uart_ops_find("virtua"));
    assert_null(uart_ops_find(""));
}

static void uart_registers_hold_their_bits(void **state)
{
    unsigned int value;

    (void)state;
    for (value = 0; value < 256; value++) {
        out(UART_SCR, value);
        assert_int_equal(in(UART_SCR), value);
        out(UART_LCR, value);
        assert_int_equal(in(UART_LCR), value);
        out(UART_LCR, 0);
        out(UART_IER, value);
        assert_int_equal(in(UART_IER), value & 0x0f);
        out(UART_MCR, value);
        assert_int_equal(in(UART_MCR), value & 0x1f);
    }
}

static void uart_lsr_and_msr_are_for_reading(void **state)
{
    (void)state;
    out(UART_LSR, 0xff);
    out(UART_MSR, 0xff);
    assert_int_equal(in(UART_LSR), EMPTY);
    assert_int_equal(in(UART_MSR), LINES);
}

static void uart_divisor_bytes_are_no_data(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_THRI);
    in(UART_IIR);
    line_did();
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out(UART_DLL, 'x');
    out(UART_DLM, 0x0f);
    assert_int_equal(in(UART_DLL), 'x');
    assert_int_equal(in(UART_DLM), 0x0f);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_int_equal(in(UART_IER), UART_IER_THRI);
    assert_ring("");
    assert_string_equal(line_did(), "");
}

static void uart_a_short_frame_has_fewer_bits(void **state)
{
    (void)state;
    out(UART_LCR, UART_LCR_WLEN7);
    out(UART_TX, 'A' | 0x80);
    out(UART_LCR, UART_LCR_WLEN6);
    out(UART_TX, 0xc0 | '!');
    out(UART_LCR, UART_LCR_WLEN5);
    out(UART_TX, 0xe0 | 0x0a);
    assert_ring("A!\n");
    feed("\xff");
    assert_int_equal(in(UART_RX), 0x1f);
}

/* ---- the transmitter ---- */

static void uart_a_byte_is_in_the_ring_when_its_access_ends(void **state)
{
    (void)state;
    out(UART_TX, 'h');
    assert_ring("h");
    assert_int_equal(in(UART_LSR), EMPTY);
    out(UART_TX, 'i');
    assert_ring("hi");
}

static void uart_thre_interrupt_falls_and_rises_with_each_byte(void **state)
{
    (void)state;
    out(UART_TX, 'a');
    assert_string_equal(line_did(), "");
    out(UART_IER, UART_IER_THRI);
    assert_string_equal(line_did(), "1");
    out(UART_TX, 'b');
    assert_string_equal(line_did(), "01");
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
    assert_string_equal(line_did(), "0");
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    out(UART_TX, 'c');
    assert_string_equal(line_did(), "1");
    out(UART_IER, 0);
    assert_string_equal(line_did(), "0");
}

static void uart_enabling_thre_again_raises_it_again(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_THRI);
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
    assert_string_equal(line_did(), "10");
    out(UART_IER, UART_IER_THRI);
    assert_string_equal(line_did(), "");
    out(UART_IER, UART_IER_THRI | UART_IER_RDI);
    assert_string_equal(line_did(), "");
    out(UART_IER, UART_IER_RDI);
    out(UART_IER, UART_IER_THRI);
    assert_string_equal(line_did(), "1");
}

static void uart_iir_read_for_another_source_leaves_thre_pending(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_THRI | UART_IER_RDI);
    feed("x");
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
    in(UART_RX);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
    assert_string_equal(line_did(), "0");
}

static void uart_emptying_the_transmit_fifo_is_a_thre_interrupt(void **state)
{
    (void)state;
    out(UART_FCR, FIFO_ON);
    out(UART_IER, UART_IER_THRI);
    in(UART_IIR);
    line_did();
    out(UART_FCR, FIFO_ON | UART_FCR_CLEAR_RCVR);
    assert_string_equal(line_did(), "");
    out(UART_FCR, FIFO_ON | UART_FCR_CLEAR_XMIT);
    assert_string_equal(line_did(), "1");
    in(UART_IIR);
    out(UART_FCR, 0);
    assert_string_equal(line_did(), "01");
    in(UART_IIR);
    line_did();
    /* 8.5: without bit 0 the other bits are not programmed. */
    out(UART_FCR, UART_FCR_CLEAR_XMIT);
    assert_string_equal(line_did(), "");
}

/* ---- pace=on ---- */

static void uart_a_paced_transmitter_takes_its_time(void **state)
{
    (void)state;
    fixture.uart.options.is_paced = true;
    out(UART_IER, UART_IER_THRI);
    out(UART_TX, 'a'); /* goes to the shift register */
    assert_int_equal(in(UART_LSR), UART_LSR_THRE);
    line_did();
    out(UART_TX, 'b'); /* stays in THR */
    assert_int_equal(in(UART_LSR), 0);
    assert_string_equal(line_did(), "0");
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    assert_ring("ab");
    assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS);
    poll_uart();
    assert_int_equal(in(UART_LSR), UART_LSR_THRE);
    assert_string_equal(line_did(), "1");
    assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS);
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
    line_did();
    poll_uart();
    assert_int_equal(in(UART_LSR), EMPTY);
    assert_string_equal(line_did(), "");
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
}

static void uart_a_paced_fifo_holds_16(void **state)
{
    unsigned int i;

    (void)state;
    fixture.uart.options.is_paced = true;
    out(UART_FCR, FIFO_ON);
    out(UART_IER, UART_IER_THRI);
    for (i = 0; i < 40; i++)
        out(UART_TX, 'a');
    line_did();
    for (i = 0; i < 15; i++) {
        poll_uart();
        assert_int_equal(in(UART_LSR), 0);
    }
    assert_string_equal(line_did(), "");
    poll_uart();
    assert_int_equal(in(UART_LSR), UART_LSR_THRE);
    assert_string_equal(line_did(), "1");
    poll_uart();
    assert_int_equal(in(UART_LSR), EMPTY);
    /* A full transmitter loses nothing here. */
    assert_int_equal(fixture.ring.header->head, 40);
}

static void uart_a_transmit_reset_leaves_the_shift_register(void **state)
{
    (void)state;
    fixture.uart.options.is_paced = true;
    out(UART_FCR, FIFO_ON);
    out(UART_TX, 'a');
    out(UART_FCR, FIFO_ON | UART_FCR_CLEAR_XMIT);
    assert_int_equal(in(UART_LSR), UART_LSR_THRE);
    out(UART_TX, 'b');
    out(UART_TX, 'c');
    assert_int_equal(in(UART_LSR), 0);
    out(UART_FCR, FIFO_ON | UART_FCR_CLEAR_XMIT);
    assert_int_equal(in(UART_LSR), UART_LSR_THRE);
    poll_uart();
    assert_int_equal(in(UART_LSR), EMPTY);
    assert_ring("abc");
}

static void uart_enabling_thre_of_a_busy_transmitter_waits(void **state)
{
    (void)state;
    fixture.uart.options.is_paced = true;
    out(UART_TX, 'a');
    out(UART_TX, 'b');
    out(UART_IER, UART_IER_THRI);
    assert_string_equal(line_did(), "");
    poll_uart();
    assert_string_equal(line_did(), "1");
}

static void uart_a_characters_time_follows_divisor_and_frame(void **state)
{
    static const struct {
        uint8_t lcr, bits;
    } frames[] = {
        { UART_LCR_WLEN8, 10 },
        { UART_LCR_WLEN7 | UART_LCR_PARITY, 10 },
        { UART_LCR_WLEN8 | UART_LCR_PARITY | UART_LCR_STOP, 12 },
        { UART_LCR_WLEN5, 7 },
    };
    unsigned int i;

    (void)state;
    fixture.uart.options.is_paced = true;
    out(UART_LCR, UART_LCR_DLAB);
    out(UART_DLL, 0x34);
    out(UART_DLM, 0x12);
    for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        out(UART_LCR, frames[i].lcr);
        out(UART_TX, 'x');
        assert_int_equal(fixture.uart.poll_interval_ns,
                         (frames[i].bits * 1000000000ull + 115199) / 115200 *
                             0x1234);
    }
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out(UART_DLL, 0);
    out(UART_DLM, 0);
    assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS);
}

/* ---- loop mode ---- */

static void uart_in_loop_mode_bytes_come_back_and_stay_here(void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_TX, 0xae);
    assert_ring("");
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR);
    assert_int_equal(in(UART_RX), 0xae);
    assert_int_equal(room(), 0);
    out(UART_MCR, 0);
    out(UART_TX, 'o');
    assert_ring("o");
    assert_int_equal(room(), 1);
}

static void uart_loop_mode_overruns_what_is_not_read(void **state)
{
    unsigned int i;

    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_IER, UART_IER_RLSI);
    out(UART_TX, 'a');
    out(UART_TX, 'b');
    assert_string_equal(line_did(), "1");
    /* 8.4: without a FIFO an overrun overwrites RBR. */
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR | UART_LSR_OE);
    assert_int_equal(in(UART_RX), 'b');
    assert_string_equal(line_did(), "0");
    out(UART_FCR, FIFO_ON);
    for (i = 0; i < 16; i++)
        out(UART_TX, i);
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR);
    out(UART_TX, 99);
    /* An overrun leaves the FIFO as it is, and does not set bit 7. */
    assert_int_equal(in(UART_LSR), EMPTY | UART_LSR_DR | UART_LSR_OE);
    for (i = 0; i < 16; i++)
        assert_int_equal(in(UART_RX), i);
    assert_int_equal(in(UART_LSR), EMPTY);
}

static void uart_in_loop_mode_outputs_are_the_inputs(void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    assert_int_equal(in(UART_MSR), UART_MSR_DCTS | UART_MSR_DDSR |
                     UART_MSR_DDCD);
    out(UART_MCR, UART_MCR_LOOP | UART_MCR_RTS);
    assert_int_equal(in(UART_MSR), UART_MSR_CTS | UART_MSR_DCTS);
    out(UART_MCR, UART_MCR_LOOP | UART_MCR_DTR);
    assert_int_equal(in(UART_MSR), UART_MSR_DSR | UART_MSR_DCTS |
                     UART_MSR_DDSR);
    out(UART_MCR, UART_MCR_LOOP | UART_MCR_OUT2);
    assert_int_equal(in(UART_MSR), UART_MSR_DCD | UART_MSR_DDCD |
                     UART_MSR_DDSR);
    /* 8.9: of RI only the trailing edge counts. */
    out(UART_MCR, UART_MCR_LOOP | UART_MCR_OUT1);
    assert_int_equal(in(UART_MSR), UART_MSR_RI | UART_MSR_DDCD);
    out(UART_MCR, UART_MCR_LOOP);
    assert_int_equal(in(UART_MSR), UART_MSR_TERI);
    assert_int_equal(in(UART_MSR), 0);
    out(UART_MCR, 0);
    assert_int_equal(in(UART_MSR), LINES | UART_MSR_DCTS | UART_MSR_DDSR |
                     UART_MSR_DDCD);
    assert_int_equal(in(UART_MSR), LINES);
}

static void uart_modem_deltas_interrupt_until_msr_is_read(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_MSI);
    out(UART_MCR, UART_MCR_LOOP | UART_MCR_RTS | UART_MCR_DTR);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), UART_IIR_MSI);
    assert_string_equal(line_did(), "");
    in(UART_MSR);
    assert_string_equal(line_did(), "0");
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
}

/* ---- interrupts ---- */

static void uart_interrupts_have_the_data_sheets_priority(void **state)
{
    (void)state;
    out(UART_FCR, FIFO_ON | UART_FCR_TRIGGER_4);
    feed_byte(0, UART_LSR_BI);
    poll_uart();
    poll_uart();
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_IER, 0x0f);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RLSI);
    in(UART_LSR);
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RX_TIMEOUT);
    out(UART_TX, 'a');
    out(UART_TX, 'b');
    out(UART_TX, 'c');
    out(UART_TX, 'd');
    in(UART_RX);
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RDI);
    in(UART_RX);
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_THRI);
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_MSI);
    /* One source or another held the line up all the time. */
    assert_string_equal(line_did(), "");
    in(UART_MSR);
    assert_string_equal(line_did(), "0");
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_NO_INT);
}

static void uart_an_interrupt_that_is_not_enabled_is_none(void **state)
{
    (void)state;
    feed_byte(0, UART_LSR_BI);
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_TX, 'x');
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    assert_string_equal(line_did(), "");
    out(UART_IER, UART_IER_MSI);
    assert_int_equal(in(UART_IIR), UART_IIR_MSI);
    out(UART_IER, UART_IER_RDI);
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
    out(UART_IER, UART_IER_RLSI);
    assert_int_equal(in(UART_IIR), UART_IIR_RLSI);
}

static const struct CMUnitTest tests[] = {
    UART_VIRTUAL_TEST(uart_after_reset_it_is_8n1_and_silent),
    UART_VIRTUAL_TEST(uart_modes_are_found_by_name),
    UART_VIRTUAL_TEST(uart_registers_hold_their_bits),
    UART_VIRTUAL_TEST(uart_lsr_and_msr_are_for_reading),
    UART_VIRTUAL_TEST(uart_divisor_bytes_are_no_data),
    UART_VIRTUAL_TEST(uart_a_short_frame_has_fewer_bits),
    UART_VIRTUAL_TEST(uart_a_byte_is_in_the_ring_when_its_access_ends),
    UART_VIRTUAL_TEST(uart_thre_interrupt_falls_and_rises_with_each_byte),
    UART_VIRTUAL_TEST(uart_enabling_thre_again_raises_it_again),
    UART_VIRTUAL_TEST(uart_iir_read_for_another_source_leaves_thre_pending),
    UART_VIRTUAL_TEST(uart_emptying_the_transmit_fifo_is_a_thre_interrupt),
    UART_VIRTUAL_TEST(uart_a_paced_transmitter_takes_its_time),
    UART_VIRTUAL_TEST(uart_a_paced_fifo_holds_16),
    UART_VIRTUAL_TEST(uart_a_transmit_reset_leaves_the_shift_register),
    UART_VIRTUAL_TEST(uart_enabling_thre_of_a_busy_transmitter_waits),
    UART_VIRTUAL_TEST(uart_a_characters_time_follows_divisor_and_frame),
    UART_VIRTUAL_TEST(uart_in_loop_mode_bytes_come_back_and_stay_here),
    UART_VIRTUAL_TEST(uart_loop_mode_overruns_what_is_not_read),
    UART_VIRTUAL_TEST(uart_in_loop_mode_outputs_are_the_inputs),
    UART_VIRTUAL_TEST(uart_modem_deltas_interrupt_until_msr_is_read),
    UART_VIRTUAL_TEST(uart_interrupts_have_the_data_sheets_priority),
    UART_VIRTUAL_TEST(uart_an_interrupt_that_is_not_enabled_is_none),
};

UNIT_MAIN(tests)
