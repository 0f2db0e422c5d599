/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_passthrough_time.c - the passthrough UART over a machine's UART
 * that takes its time, has one FIFO, and hides RBR and THR behind DLAB
 *
 * Sections are those of PC16550D.
 */
#include "uart/uart_passthrough.h"

#include "unit/uart/uart_fixture.h"

#define DLAB_8N1 (UART_LCR_DLAB | UART_LCR_WLEN8)

static int begin(void **state)
{
    (void)state;
    if (uart_fixture_open(&uart_passthrough))
        return -1;
    device->takes_time = true;
    return uart_fixture_reset();
}

static void begin_with_line(void)
{
    fixture.uart.options.has_line_input = true;
    assert_int_equal(uart_fixture_reset(), 0);
}

static void begin_with_plug(void)
{
    fixture.uart.options.has_plug = device->has_plug = true;
    assert_int_equal(uart_fixture_reset(), 0);
}

/* The guest does nothing for so many characters' time. */
static void characters_pass(unsigned int count)
{
    let_time_pass(count * fake_uart_character_ns(device));
}

static void set_dlab(uint8_t dll)
{
    out(UART_LCR, DLAB_8N1);
    out(UART_DLL, dll);
    out(UART_DLM, 0);
}

static void assert_receives(const char *text)
{
    for (; *text; text++) {
        assert_int_equal(in(UART_LSR) & UART_LSR_DR, UART_LSR_DR);
        assert_int_equal(in(UART_RX), (uint8_t)*text);
    }
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, 0);
}

/* ---- DLAB ---- */

/* D1 */
static void uart_typed_byte_is_no_divisor(void **state)
{
    (void)state;
    begin_with_plug();
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    set_dlab(1);
    if (room() > 0)
        feed("a");
    assert_int_equal(in(UART_DLL), 1);
    assert_int_equal(device->dll, 1);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_int_equal(room(), 1);
    feed("a");
    characters_pass(2);
    assert_receives("a");
}

/* D2 */
static void uart_line_byte_waits_behind_dlab(void **state)
{
    unsigned int i;

    (void)state;
    begin_with_line();
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    set_dlab(0x0c);
    fake_uart_receive(device, 'x');
    for (i = 0; i < 20; i++)
        poll_uart();
    assert_int_equal(device->reads[UART_RX], 0);
    /* LSR tells of it all the same. */
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, UART_LSR_DR);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_int_equal(in(UART_RX), 'x');
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, 0);
}

/* D2, in loop mode */
static void uart_looped_byte_waits_behind_dlab(void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_TX, 'l');
    set_dlab(0x0c);
    characters_pass(5);
    assert_int_equal(in(UART_DLL), 0x0c);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_receives("l");
}

/* What is in RBR when DLAB is set is the guest's, and interrupts. */
static void uart_byte_before_dlab_is_seen_behind_it(void **state)
{
    (void)state;
    begin_with_line();
    out(UART_IER, UART_IER_RDI);
    fake_uart_receive(device, 'b');
    set_dlab(1);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), UART_IIR_RDI);
}

/* ---- one receiver ---- */

/* D3 */
static void uart_rbr_by_itself_sees_the_looped_byte(void **state)
{
    (void)state;
    out(UART_FCR, 0xc7);
    out(UART_MCR, 0x1e);
    out(UART_TX, 0xae);
    assert_int_equal(in(UART_RX), 0);
    let_time_pass(fake_uart_character_ns(device));
    assert_int_equal(in(UART_RX), 0xae);
    assert_int_equal(in(UART_RX), 0);
}

/* D3, for the line */
static void uart_rbr_by_itself_sees_the_lines_byte(void **state)
{
    (void)state;
    begin_with_line();
    fake_uart_receive(device, 'r');
    assert_int_equal(in(UART_RX), 'r');
    /* Nothing is looked for while there is a byte to be had. */
    feed("c");
    assert_int_equal(in(UART_RX), 'c');
    assert_int_equal(device->reads[UART_RX], 1);
}

/* D4 */
static void uart_loop_mode_overruns_at_the_17th_byte(void **state)
{
    unsigned int count, i;
    uint8_t lsr = 0;

    (void)state;
    out(UART_MCR, 0x1b);
    out(UART_FCR, 0x01);
    out(UART_FCR, 0x07);
    for (count = 0; !(lsr & UART_LSR_OE) && count < 40; count++) {
        out(UART_TX, count);
        characters_pass(2);
        lsr = in(UART_LSR);
    }
    assert_int_equal(count, 17);
    for (i = 0; i < 16; i++)
        assert_int_equal(in(UART_RX), i);
    assert_int_equal(in(UART_LSR) & UART_LSR_DR, 0);
}

/* D4: also if the guest looks now and then, and not behind each byte. */
static void uart_loop_mode_has_one_fifo_however_it_is_looked_at(void **state)
{
    unsigned int i;

    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    for (i = 0; i < 17; i++) {
        out(UART_TX, i);
        characters_pass(1);
        if (i == 9)
            assert_int_equal(in(UART_LSR) & UART_LSR_OE, 0);
    }
    assert_int_equal(in(UART_LSR) & UART_LSR_OE, UART_LSR_OE);
}

/* D4, without FIFO: the newer byte stays. */
static void uart_loop_mode_without_fifo_overruns_at_the_second_byte(
    void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_TX, 'o');
    characters_pass(1);
    assert_int_equal(in(UART_LSR), 0x61);
    out(UART_TX, 'n');
    characters_pass(1);
    assert_int_equal(in(UART_LSR), 0x63);
    assert_int_equal(in(UART_RX), 'n');
}

/* IIR counts what has come, not what was looked at. */
static void uart_trigger_level_counts_what_the_device_has(void **state)
{
    unsigned int i;

    (void)state;
    begin_with_line();
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
    out(UART_IER, UART_IER_RDI);
    for (i = 0; i < 14; i++)
        fake_uart_receive(device, 'a' + i);
    assert_int_equal(in(UART_IIR), 0xc0 | UART_IIR_RDI);
    assert_string_equal(line_did(), "1");
}

/* ---- from the line to loop mode, and back ---- */

/* Without wire-in the guest hears nothing of the line, in loop mode either. */
static void uart_unheard_line_is_not_heard_in_loop_mode(void **state)
{
    unsigned int i;

    (void)state;
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    for (i = 0; i < 20; i++)
        fake_uart_receive_wrong(device, 'j', UART_LSR_FE);
    out(UART_MCR, UART_MCR_LOOP);
    assert_int_equal(in(UART_LSR), 0x60);
    /* Also if MCR is written while DLAB is set. */
    out(UART_MCR, 0);
    fake_uart_receive(device, 'j');
    set_dlab(1);
    out(UART_MCR, UART_MCR_LOOP);
    assert_int_equal(in(UART_DLL), 1);
    assert_int_equal(device->lcr, DLAB_8N1);
    out(UART_LCR, UART_LCR_WLEN8);
    assert_int_equal(in(UART_LSR), 0x60);
    out(UART_TX, 'l');
    characters_pass(1);
    assert_receives("l");
}

/* 8.8 does not say that the FIFO is emptied. */
static void uart_looped_bytes_stay_when_loop_mode_ends(void **state)
{
    (void)state;
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_MCR, UART_MCR_LOOP);
    out(UART_TX, 'a');
    out(UART_TX, 'b');
    characters_pass(2);
    out(UART_MCR, 0);
    fake_uart_receive(device, 'j');
    assert_receives("ab");
}

/* 8.8, table IV: in loop mode MCR makes the interrupts of the modem lines. */
static void uart_loop_mode_interrupts_by_mcr(void **state)
{
    (void)state;
    out(UART_MCR, UART_MCR_LOOP);
    in(UART_MSR);
    out(UART_IER, UART_IER_MSI);
    line_did();
    out(UART_MCR, UART_MCR_LOOP | UART_MCR_RTS);
    assert_string_equal(line_did(), "1");
    assert_int_equal(in(UART_IIR), UART_IIR_MSI);
    assert_int_equal(in(UART_MSR), UART_MSR_CTS | UART_MSR_DCTS);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
}

/* ---- the rest of what a guest may poll ---- */

static void uart_iir_by_itself_sees_an_empty_thr(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_THRI);
    in(UART_IIR);
    out(UART_TX, '1');
    out(UART_TX, '2');
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    fake_uart_pass_time(device, fake_uart_character_ns(device));
    assert_int_equal(in(UART_IIR), UART_IIR_THRI);
    assert_string_equal(line_did(), "1010");
}

static void uart_iir_by_itself_sees_a_modem_line(void **state)
{
    (void)state;
    out(UART_IER, UART_IER_MSI);
    assert_int_equal(in(UART_IIR), UART_IIR_NO_INT);
    fake_uart_set_lines(device, UART_MSR_DSR);
    assert_int_equal(in(UART_IIR), UART_IIR_MSI);
}

/* 8.5, 8.11: a transmitter that was emptied interrupts. */
static void uart_emptying_the_transmitter_interrupts(void **state)
{
    (void)state;
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_IER, UART_IER_THRI);
    out(UART_TX, '1');
    out(UART_TX, '2');
    out(UART_TX, '3');
    in(UART_IIR);
    line_did();
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_XMIT);
    assert_string_equal(line_did(), "1");
    characters_pass(5);
    assert_int_equal(device->sent, 1);
}

/* 8.4: an error that LSR shows stays there, and with no other byte, when the
 * FIFO is emptied. */
static void uart_errors_do_not_move_to_a_byte_behind_a_reset(void **state)
{
    (void)state;
    begin_with_line();
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    fake_uart_receive_wrong(device, 'e', UART_LSR_PE);
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
    feed("c");
    fake_uart_receive(device, 'f');
    assert_int_equal(in(UART_LSR) & (UART_LSR_PE | UART_LSR_DR),
                     UART_LSR_PE | UART_LSR_DR);
    assert_int_equal(in(UART_LSR), 0x61);
    assert_receives("cf");
}

/* 8.11: four characters' time behind the last byte, which no poll has seen
 * yet. */
static void uart_time_out_is_not_early_for_an_unseen_byte(void **state)
{
    uint64_t character;

    (void)state;
    begin_with_line();
    character = fake_uart_character_ns(device);
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
    out(UART_IER, UART_IER_RDI);
    fake_uart_receive(device, '1');
    poll_uart();
    fixture.uart.poll_interval_ns = 2 * character;
    poll_uart();
    fake_uart_receive(device, '2');
    fixture.uart.poll_interval_ns = 5 * character;
    poll_uart();
    assert_string_equal(line_did(), "");
    fixture.uart.poll_interval_ns = 5 * character;
    poll_uart();
    assert_string_equal(line_did(), "1");
}

/* The same for a byte that waits behind DLAB. */
static void uart_time_out_is_not_early_for_a_hidden_byte(void **state)
{
    (void)state;
    begin_with_line();
    out(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
    out(UART_IER, UART_IER_RDI);
    feed("1");
    poll_uart();
    out(UART_LCR, DLAB_8N1);
    fake_uart_receive(device, '2');
    fixture.uart.poll_interval_ns = 5 * fake_uart_character_ns(device);
    poll_uart();
    out(UART_LCR, UART_LCR_WLEN8);
    assert_string_equal(line_did(), "");
    let_time_pass(20 * fake_uart_character_ns(device));
    assert_string_equal(line_did(), "1");
}

/* What came before a guest is there is not meant for it.  An 8250 has no FIFO
 * that a reset would empty. */
static void uart_new_guest_finds_an_empty_receiver(void **state)
{
    (void)state;
    device->is_8250 = true;
    fixture.uart.options.has_line_input = true;
    fake_uart_receive(device, 'o');
    fake_uart_set_lines(device, UART_MSR_CTS);
    assert_int_equal(uart_fixture_reset(), 0);
    assert_int_equal(in(UART_LSR), 0x60);
    assert_int_equal(in(UART_MSR), UART_MSR_CTS);
}

/* A machine's UART that is gone reads ff: each access ends all the same. */
static void uart_machine_that_is_gone_holds_up_nobody(void **state)
{
    (void)state;
    begin_with_line();
    out(UART_FCR, UART_FCR_ENABLE_FIFO);
    out(UART_MCR, UART_MCR_LOOP);
    device->is_absent = true;
    in(UART_LSR);
    assert_in_range(device->reads[UART_RX], 1, 17);
    out(UART_MCR, 0);
    in(UART_RX);
    assert_in_range(device->reads[UART_LSR], 1, 60);
}

/* ---- short frames ---- */

/* G5: mode=virtual has the same in test_uart_virtual.c. */
static void uart_short_frames_reach_clients_as_the_line(void **state)
{
    (void)state;
    out(UART_LCR, UART_LCR_WLEN6);
    out(UART_TX, 0xff);
    out(UART_LCR, UART_LCR_WLEN5);
    out(UART_TX, 0x41);
    out(UART_LCR, UART_LCR_WLEN7);
    begin_with_plug();
    out(UART_LCR, UART_LCR_WLEN7);
    out(UART_TX, 0xe1);
    assert_ring("\x3f\x01\x61");
}

#define UART_TEST(name) \
    cmocka_unit_test_setup_teardown(name, begin, uart_fixture_end)

static const struct CMUnitTest tests[] = {
    UART_TEST(uart_typed_byte_is_no_divisor),
    UART_TEST(uart_line_byte_waits_behind_dlab),
    UART_TEST(uart_looped_byte_waits_behind_dlab),
    UART_TEST(uart_byte_before_dlab_is_seen_behind_it),
    UART_TEST(uart_rbr_by_itself_sees_the_looped_byte),
    UART_TEST(uart_rbr_by_itself_sees_the_lines_byte),
    UART_TEST(uart_loop_mode_overruns_at_the_17th_byte),
    UART_TEST(uart_loop_mode_has_one_fifo_however_it_is_looked_at),
    UART_TEST(uart_loop_mode_without_fifo_overruns_at_the_second_byte),
    UART_TEST(uart_trigger_level_counts_what_the_device_has),
    UART_TEST(uart_unheard_line_is_not_heard_in_loop_mode),
    UART_TEST(uart_looped_bytes_stay_when_loop_mode_ends),
    UART_TEST(uart_loop_mode_interrupts_by_mcr),
    UART_TEST(uart_iir_by_itself_sees_an_empty_thr),
    UART_TEST(uart_iir_by_itself_sees_a_modem_line),
    UART_TEST(uart_emptying_the_transmitter_interrupts),
    UART_TEST(uart_errors_do_not_move_to_a_byte_behind_a_reset),
    UART_TEST(uart_time_out_is_not_early_for_an_unseen_byte),
    UART_TEST(uart_time_out_is_not_early_for_a_hidden_byte),
    UART_TEST(uart_new_guest_finds_an_empty_receiver),
    UART_TEST(uart_machine_that_is_gone_holds_up_nobody),
    UART_TEST(uart_short_frames_reach_clients_as_the_line),
};

UNIT_MAIN(tests)
