/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_passthrough.c - the passthrough UART access by access, on a model
 * of a 16550A (fake-xen/fake_uart.h)
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

static void main_reset_leaves_what_firmware_leaves(void **state)
{
    (void)state;
    assert_int_equal(device->lcr, UART_LCR_WLEN8);
    assert_int_equal(device->dll, 1);
    assert_int_equal(device->dlm, 0);
    assert_int_equal(device->ier, 0);
    assert_int_equal(device->mcr, 0);
    assert_int_equal(device->fcr, 0);
    assert_int_equal(device->written, 0);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    assert_string_equal(line_did(), "");
}

static void main_reset_fails_where_no_uart_answers(void **state)
{
    (void)state;
    device->is_absent = true;
    assert_int_equal(uart_fixture_reset(), -1);
}

static void main_a_byte_goes_to_the_line_and_the_ring(void **state)
{
    (void)state;
    out(UART_TX, 'h');
    out(UART_TX, 'i');
    assert_int_equal(device->written, 2);
    assert_memory_equal(device->line, "hi", 2);
    assert_ring("hi");
    /* The guest wants no interrupt: LSR is not even read. */
    assert_int_equal(device->reads[UART_LSR], 0);
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
}

/* Each access of the machine is an access to a port, which takes it a
 * microsecond: a guest's is one, without input and without interrupts. */
static void uart_access_costs_one_of_the_machine(void **state)
{
    static const uint8_t offsets[] = {
        UART_LSR, UART_LCR, UART_MCR, UART_MSR, UART_SCR,
    };
    unsigned int i, total = 0, before = 0;

    (void)state;
    for (i = 0; i < 8; i++)
        before += device->reads[i] + device->writes[i];
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_TX, 'a');
    for (i = 0; i < sizeof(offsets); i++)
        in(offsets[i]);
    /* These are known here. */
    in(UART_RX);
    in(UART_IIR);
    in(UART_IER);
    for (i = 0; i < 8; i++)
        total += device->reads[i] + device->writes[i];
    assert_int_equal(total - before, 2 + sizeof(offsets));
}

static void main_divisor_bytes_are_no_data(void **state)
{
    (void)state;
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out(UART_DLL, 12);
    out(UART_DLM, 1);
    assert_int_equal(in(UART_DLL), 12);
    assert_int_equal(in(UART_DLM), 1);
    /* DLAB changes the first two registers only. */
    out(UART_SCR, 5);
    assert_int_equal(in(UART_SCR), 5);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_int_equal(in(UART_IER), 0);
    out(UART_TX, '!');
    assert_ring("!");
    assert_int_equal(device->written, 1);
}

static void main_loop_mode_keeps_bytes_off_the_ring(void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_TX, 0xae);
    assert_ring("");
    assert_int_equal(device->written, 1);
    out(UART_MCR, UART_MCR_DTR);
    out(UART_TX, 'o');
    assert_ring("o");
}

static void main_ier_is_kept_here_and_four_bits_wide(void **state)
{
    uint64_t writes = device->writes[UART_IER];

    (void)state;
    out(UART_IER, 0xff);
    assert_int_equal(in(UART_IER), 0x0f);
    assert_int_equal(device->writes[UART_IER], writes);
}

static void main_iir_is_worked_out_and_never_read(void **state)
{
    uint64_t reads = device->reads[UART_IIR];

    (void)state;
    out(UART_IER, UART_IER_THRI);
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    /* 8.11: behind a change of FCR0 it comes at once. */
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_THRI);
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_NO_INT);
    assert_int_equal(device->reads[UART_IIR], reads);
}

static void main_an_8250_shows_no_fifo(void **state)
{
    (void)state;
    device->is_8250 = true;
    assert_int_equal(uart_fixture_reset(), 0);
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
}

static void main_thre_interrupt_falls_and_rises_with_each_byte(void **state)
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
    out(UART_TX, 'c');
    assert_string_equal(line_did(), "1");
    out(UART_IER, 0);
    assert_string_equal(line_did(), "0");
}

static void main_ier_written_again_is_no_new_interrupt(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_THRI);
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
    line_did();
    out(UART_IER, UART_IER_THRI);
    assert_string_equal(line_did(), "");
}

static void main_a_full_transmitter_raises_nothing_until_it_drains(
    void **state)
{
    (void)state;
    fake_uart_stall(device, true);
    out(UART_TX, '1');
    out(UART_TX, '2');
    out(UART_IER, UART_IER_THRI);
    assert_string_equal(line_did(), "");
    assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS);
    poll_uart();
    assert_string_equal(line_did(), "");
    fake_uart_stall(device, false);
    poll_uart();
    assert_string_equal(line_did(), "1");
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
}

static void main_reading_lsr_also_sees_that_it_drained(void **state)
{
    (void)state;
    fake_uart_stall(device, true);
    out(UART_IER, UART_IER_THRI);
    in(UART_IIR);
    out(UART_TX, '1');
    out(UART_TX, '2');
    line_did();
    assert_int_equal(in(UART_LSR), 0);
    fake_uart_stall(device, false);
    assert_int_equal(in(UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
    assert_string_equal(line_did(), "1");
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
}

static void main_polls_back_off_to_50_ms_and_start_anew_with_a_byte(
    void **state)
{
    unsigned int i;

    (void)state;
    fake_uart_stall(device, true);
    out(UART_IER, UART_IER_THRI);
    out(UART_TX, '1');
    out(UART_TX, '2');
    for (i = 0; i < 20; i++) {
        poll_uart();
        assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS);
    }
    for (i = 1; i <= 7; i++) {
        poll_uart();
        assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS << i);
    }
    for (i = 0; i < 100000; i++)
        poll_uart();
    assert_int_equal(fixture.uart.poll_interval_ns, 50000000);
    out(UART_TX, '3');
    assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS);
}

static void main_a_poll_comes_after_a_characters_time(void **state)
{
    (void)state;
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out(UART_DLL, 12);
    out(UART_LCR, UART_LCR_WLEN8);
    fake_uart_stall(device, true);
    out(UART_IER, UART_IER_THRI);
    out(UART_TX, '1');
    out(UART_TX, '2');
    assert_int_equal(fixture.uart.poll_interval_ns, 12 * CHARACTER_NS);
    /* The guest does not wait for it any more. */
    out(UART_IER, 0);
    assert_int_equal(fixture.uart.poll_interval_ns, 0);
    /* A divisor of 0 is no reason to divide by it, or to poll without end. */
    out(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    out(UART_DLL, 0);
    out(UART_LCR, UART_LCR_WLEN8);
    out(UART_IER, UART_IER_THRI);
    assert_int_equal(fixture.uart.poll_interval_ns, CHARACTER_NS);
}

static void main_line_errors_wait_for_the_guests_own_read(void **state)
{
    (void)state;
    fixture.uart.options.has_line_input = true;
    device->lsr_errors = UART_LSR_OE;
    /* The errors are seen in another way: enabling THRE reads LSR. */
    out(UART_IER, UART_IER_THRI | UART_IER_RLSI);
    assert_int_equal(device->lsr_errors, 0);
    assert_int_equal(in(UART_IIR), UART_IIR_RLSI);
    assert_int_equal(in(UART_LSR), UART_LSR_OE | UART_LSR_THRE |
                     UART_LSR_TEMT);
    assert_int_equal(in(UART_LSR), UART_LSR_THRE | UART_LSR_TEMT);
    /* The interrupt line stayed up: THRE's interrupt was pending behind that.
     */
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    assert_string_equal(line_did(), "0");
}

static void main_emptying_the_receive_fifo_takes_its_interrupt_away(
    void **state)
{
    (void)state;
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_IER, UART_IER_RDI);
    feed("x");
    assert_string_equal(line_did(), "1");
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
    assert_string_equal(line_did(), "0");
    assert_int_equal(device->fcr, UART_FCR_ENABLE_FIFO |
                     UART_FCR_CLEAR_RCVR);
}

static void main_modem_changes_interrupt_when_asked_for(void **state)
{
    (void)state;
    fake_uart_set_lines(device, UART_MSR_CTS);
    out(UART_IER, UART_IER_MSI);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), UART_IIR_MSI);
    assert_int_equal(in(UART_MSR), UART_MSR_CTS | UART_MSR_DCTS);
    assert_string_equal(line_did(), "0");
    assert_int_equal(fixture.uart.poll_interval_ns, 10000000);
    fake_uart_set_lines(device, 0);
    poll_uart();
    assert_string_equal(line_did(), "1");
    /* The poll saw the delta, which is kept for the guest. */
    assert_int_equal(in(UART_MSR), UART_MSR_DCTS);
    assert_int_equal(in(UART_MSR), 0);
}

static void main_modem_deltas_are_read_once(void **state)
{
    (void)state;
    fake_uart_set_lines(device, UART_MSR_CTS);
    assert_int_equal(in(UART_MSR), UART_MSR_CTS | UART_MSR_DCTS);
    assert_int_equal(in(UART_MSR), UART_MSR_CTS);
}

static void main_interrupts_have_the_data_sheets_priority(void **state)
{
    struct uart_state all = {
        .ier = 0x0f,
        .lsr_errors = UART_LSR_PE,
        .is_thre_pending = true,
        .msr = UART_MSR_DDCD,
        .receiver = { .count = 1, .is_timed_out = true },
    };

    (void)state;
    assert_int_equal(uart_pending(&all), UART_IIR_RLSI);
    all.ier &= ~UART_IER_RLSI;
    assert_int_equal(uart_pending(&all), UART_IIR_RX_TIMEOUT);
    all.receiver.is_timed_out = false;
    assert_int_equal(uart_pending(&all), UART_IIR_RDI);
    all.receiver.count = 0;
    assert_int_equal(uart_pending(&all), UART_IIR_THRI);
    all.is_thre_pending = false;
    assert_int_equal(uart_pending(&all), UART_IIR_MSI);
    all.msr = UART_MSR_DCD;
    assert_int_equal(uart_pending(&all), UART_IIR_NO_INT);
    all.lsr_errors = UART_LSR_PE;
    assert_int_equal(uart_pending(&all), UART_IIR_NO_INT);
}

/* A predecessor has died at the device: the access that it may have made is
 * not made again. */
static void redo_in_doubt(void)
{
    journal_begin(&fixture.journal, &(struct port_request){ .count = 1 });
    journal_work(&fixture.journal);
    assert_true(journal_enter_device(&fixture.journal));
    uart_fixture_die();
}

static void main_a_byte_in_doubt_is_in_the_ring_but_not_sent_again(
    void **state)
{
    (void)state;
    redo_in_doubt();
    out(UART_TX, 'd');
    assert_ring("d");
    assert_int_equal(device->written, 0);
    assert_int_equal(fixture.ring.header->report.in_doubt, 1);
    out(UART_TX, 'e');
    assert_ring("de");
    assert_int_equal(device->written, 1);
}

static void main_a_read_in_doubt_takes_no_second_byte(void **state)
{
    (void)state;
    fixture.uart.options.has_line_input = true;
    fake_uart_receive(device, 'x');
    redo_in_doubt();
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, 0);
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, UART_LSR_DR);
    assert_int_equal(in(UART_RX), 'x');
    assert_int_equal(fixture.ring.header->report.in_doubt, 1);
}

/* The byte is gone from the device, and the next access is not the repeated
 * one. */
static void main_doubt_ends_with_the_access_that_is_repeated(void **state)
{
    (void)state;
    fixture.uart.options.has_line_input = true;
    redo_in_doubt();
    in(UART_LSR);
    assert_int_equal(fixture.ring.header->report.in_doubt, 1);
    out(UART_TX, 'f');
    assert_int_equal(device->written, 1);
    assert_int_equal(fixture.ring.header->report.in_doubt, 1);
}

static void main_a_fifo_reset_in_doubt_is_not_repeated(void **state)
{
    uint64_t writes = device->writes[UART_FCR];

    (void)state;
    redo_in_doubt();
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_XMIT);
    assert_int_equal(device->writes[UART_FCR], writes);
    /* A write that resets nothing is harmless. */
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    assert_int_equal(device->writes[UART_FCR], writes + 1);
}

/* The same where what the device has received is taken over before. */
static void uart_fifo_reset_in_doubt_is_not_repeated_in_loop_mode(void **state)
{
    uint64_t writes;

    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_TX, 'l');
    writes = device->writes[UART_FCR];
    redo_in_doubt();
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
    assert_int_equal(device->writes[UART_FCR], writes);
    assert_int_equal(fixture.ring.header->report.in_doubt, 1);
}

#define UART_TEST(name) \
    cmocka_unit_test_setup_teardown(name, begin, uart_fixture_end)

static const struct CMUnitTest tests[] = {
    UART_TEST(main_reset_leaves_what_firmware_leaves),
    cmocka_unit_test_setup_teardown(main_reset_fails_where_no_uart_answers,
                                    open_parts, uart_fixture_end),
    UART_TEST(main_a_byte_goes_to_the_line_and_the_ring),
    UART_TEST(uart_access_costs_one_of_the_machine),
    UART_TEST(main_divisor_bytes_are_no_data),
    UART_TEST(main_loop_mode_keeps_bytes_off_the_ring),
    UART_TEST(main_ier_is_kept_here_and_four_bits_wide),
    UART_TEST(main_iir_is_worked_out_and_never_read),
    UART_TEST(main_an_8250_shows_no_fifo),
    UART_TEST(main_thre_interrupt_falls_and_rises_with_each_byte),
    UART_TEST(main_ier_written_again_is_no_new_interrupt),
    UART_TEST(main_a_full_transmitter_raises_nothing_until_it_drains),
    UART_TEST(main_reading_lsr_also_sees_that_it_drained),
    UART_TEST(main_polls_back_off_to_50_ms_and_start_anew_with_a_byte),
    UART_TEST(main_a_poll_comes_after_a_characters_time),
    UART_TEST(main_line_errors_wait_for_the_guests_own_read),
    UART_TEST(main_emptying_the_receive_fifo_takes_its_interrupt_away),
    UART_TEST(main_modem_changes_interrupt_when_asked_for),
    UART_TEST(main_modem_deltas_are_read_once),
    UART_TEST(main_interrupts_have_the_data_sheets_priority),
    UART_TEST(main_a_byte_in_doubt_is_in_the_ring_but_not_sent_again),
    UART_TEST(main_a_read_in_doubt_takes_no_second_byte),
    UART_TEST(main_doubt_ends_with_the_access_that_is_repeated),
    UART_TEST(main_a_fifo_reset_in_doubt_is_not_repeated),
    UART_TEST(uart_fifo_reset_in_doubt_is_not_repeated_in_loop_mode),
};

UNIT_MAIN(tests)
