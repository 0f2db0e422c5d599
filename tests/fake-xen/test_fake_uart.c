/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_fake_uart.c - the model of the machine's UART is what PC16550D says, in
 * time as well; QEMU, with which it is compared, has no character times
 */
#include "fake-xen/fake_uart.h"

#include <linux/serial_reg.h>
#include <stdlib.h>

#include "unit/unit.h"

static struct fake_uart *uart;
static char edges[64];

static void note_intr(struct fake_uart *which, bool level)
{
    assert_ptr_equal(which, uart);
    strcat(edges, level ? "1" : "0");
}

static int begin(void **state)
{
    (void)state;
    uart = calloc(1, sizeof(*uart));
    if (!uart)
        return -1;
    uart->takes_time = true;
    fake_uart_out(uart, UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    fake_uart_out(uart, UART_DLL, 1);
    fake_uart_out(uart, UART_LCR, UART_LCR_WLEN8);
    edges[0] = '\0';
    fake_uart_on_intr = note_intr;
    return 0;
}

static int end(void **state)
{
    (void)state;
    fake_uart_on_intr = NULL;
    free(uart);
    return 0;
}

static uint8_t lsr(void)
{
    return fake_uart_in(uart, UART_LSR);
}

static void write_to(unsigned int offset, uint8_t value)
{
    fake_uart_out(uart, offset, value);
}

static void characters_pass(unsigned int count)
{
    fake_uart_pass_time(uart, count * fake_uart_character_ns(uart));
}

/* 8.1, 8.3; half a stop bit is one of five data bits with STB. */
static void uart_model_takes_the_time_of_divisor_and_frame(void **state)
{
    static const struct {
        uint8_t lcr, dll, half_bits;
    } frames[] = {
        { 0x03, 1, 20 }, { 0x00, 1, 14 }, { 0x04, 1, 15 },
        { 0x05, 1, 18 }, { 0x1b, 12, 22 }, { 0x1f, 12, 24 },
    };
    unsigned int i;

    (void)state;
    for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        uart->dll = frames[i].dll;
        write_to(UART_LCR, frames[i].lcr);
        assert_int_equal(fake_uart_character_ns(uart),
                         frames[i].half_bits * frames[i].dll *
                         UINT64_C(1000000000) / 230400);
    }
}

/* 8.4: THRE as soon as the shift register has taken the byte, TEMT when it is
 * out. */
static void uart_model_shifts_one_character_after_the_other(void **state)
{
    (void)state;
    write_to(UART_TX, 'a');
    assert_int_equal(lsr(), UART_LSR_THRE);
    write_to(UART_TX, 'b');
    assert_int_equal(lsr(), 0);
    write_to(UART_TX, 'c');
    assert_int_equal(uart->overruns, 1);
    fake_uart_pass_time(uart, fake_uart_character_ns(uart) - 1);
    assert_int_equal(lsr(), 0);
    fake_uart_pass_time(uart, 1);
    assert_int_equal(lsr(), UART_LSR_THRE);
    assert_int_equal(uart->sent, 1);
    characters_pass(1);
    assert_int_equal(lsr(), UART_LSR_THRE | UART_LSR_TEMT);
    assert_memory_equal(uart->sent_bytes, "ab", 2);
}

/* 8.8: in loop mode as on the line, and the pin stays where it is. */
static void uart_model_loops_in_a_characters_time(void **state)
{
    (void)state;
    write_to(UART_MCR, UART_MCR_LOOP);
    write_to(UART_TX, 'l');
    fake_uart_receive(uart, 'x');
    assert_int_equal(lsr(), UART_LSR_THRE);
    characters_pass(1);
    assert_int_equal(lsr(), UART_LSR_THRE | UART_LSR_TEMT | UART_LSR_DR);
    assert_int_equal(fake_uart_in(uart, UART_RX), 'l');
    assert_int_equal(uart->sent, 0);
}

/* 8.11 */
static void uart_model_times_out_after_four_characters(void **state)
{
    (void)state;
    write_to(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_4);
    write_to(UART_IER, UART_IER_RDI);
    fake_uart_receive(uart, 'a');
    characters_pass(3);
    fake_uart_receive(uart, 'b');
    fake_uart_pass_time(uart, 4 * fake_uart_character_ns(uart) - 1);
    assert_int_equal(fake_uart_in(uart, UART_IIR), 0xc1);
    fake_uart_pass_time(uart, 1);
    assert_int_equal(fake_uart_in(uart, UART_IIR), 0xcc);
    assert_int_equal(fake_uart_in(uart, UART_RX), 'a');
    assert_int_equal(fake_uart_in(uart, UART_IIR), 0xc1);
    assert_string_equal(edges, "10");
}

/* 8.4: BI belongs to its character, bit 7 tells that there is one; 8.11 goes by
 * the newest. */
static void uart_model_keeps_errors_with_their_byte(void **state)
{
    (void)state;
    write_to(UART_FCR, UART_FCR_ENABLE_FIFO);
    fake_uart_receive(uart, 'a');
    fake_uart_receive_wrong(uart, 0, UART_LSR_BI);
    assert_int_equal(lsr(), 0xe1);
    assert_int_equal(fake_uart_in(uart, UART_RX), 'a');
    assert_int_equal(lsr(), 0xf1);
    assert_int_equal(lsr(), 0x61);
}

/* 8.4: 16 with FIFO, of which all stay; one without, which does not. */
static void uart_model_overruns(void **state)
{
    unsigned int i;

    (void)state;
    fake_uart_receive(uart, 'a');
    fake_uart_receive(uart, 'b');
    assert_int_equal(lsr(), 0x63);
    assert_int_equal(fake_uart_in(uart, UART_RX), 'b');
    write_to(UART_FCR, UART_FCR_ENABLE_FIFO);
    for (i = 0; i < 16; i++)
        fake_uart_receive(uart, i);
    assert_int_equal(lsr(), 0x61);
    fake_uart_receive(uart, 'x');
    assert_int_equal(lsr(), 0x63);
    for (i = 0; i < 16; i++)
        assert_int_equal(fake_uart_in(uart, UART_RX), i);
    assert_int_equal(lsr(), 0x60);
}

/* Table IV */
static void uart_model_interrupts_by_priority(void **state)
{
    (void)state;
    write_to(UART_MCR, UART_MCR_OUT2);
    fake_uart_receive_wrong(uart, 'p', UART_LSR_PE);
    fake_uart_set_lines(uart, UART_MSR_CTS);
    write_to(UART_IER, 0x0f);
    assert_true(fake_uart_interrupts(uart));
    assert_int_equal(fake_uart_in(uart, UART_IIR), UART_IIR_RLSI);
    lsr();
    assert_int_equal(fake_uart_in(uart, UART_IIR), UART_IIR_RDI);
    fake_uart_in(uart, UART_RX);
    assert_int_equal(fake_uart_in(uart, UART_IIR), UART_IIR_THRI);
    assert_int_equal(fake_uart_in(uart, UART_IIR), UART_IIR_MSI);
    /* A PC's board gates INTR by OUT2. */
    write_to(UART_MCR, 0);
    assert_true(uart->intr);
    assert_false(fake_uart_interrupts(uart));
    assert_int_equal(fake_uart_in(uart, UART_MSR),
                     UART_MSR_CTS | UART_MSR_DCTS);
    assert_int_equal(fake_uart_in(uart, UART_IIR), UART_IIR_NO_INT);
    assert_string_equal(edges, "10");
}

static void uart_model_that_is_an_8250_has_no_fifo(void **state)
{
    (void)state;
    uart->is_8250 = true;
    write_to(UART_FCR, UART_FCR_ENABLE_FIFO);
    assert_int_equal(fake_uart_in(uart, UART_IIR), UART_IIR_NO_INT);
}

static void uart_model_in_real_time_sends_by_itself(void **state)
{
    (void)state;
    uart->is_real_time = true;
    write_to(UART_TX, 'r');
    while (!(lsr() & UART_LSR_TEMT))
        ;
    assert_int_equal(uart->sent, 1);
}

#define MODEL_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    MODEL_TEST(uart_model_takes_the_time_of_divisor_and_frame),
    MODEL_TEST(uart_model_shifts_one_character_after_the_other),
    MODEL_TEST(uart_model_loops_in_a_characters_time),
    MODEL_TEST(uart_model_times_out_after_four_characters),
    MODEL_TEST(uart_model_keeps_errors_with_their_byte),
    MODEL_TEST(uart_model_overruns),
    MODEL_TEST(uart_model_interrupts_by_priority),
    MODEL_TEST(uart_model_that_is_an_8250_has_no_fifo),
    MODEL_TEST(uart_model_in_real_time_sends_by_itself),
};

UNIT_MAIN(tests)
