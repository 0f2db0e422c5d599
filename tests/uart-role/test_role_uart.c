/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_uart.c - the passthrough UART as a guest sees it through the whole
 * role
 */
#include <linux/serial_reg.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "uart-role/role_test.h"
#include "uart/fault_point.h"

static void main_divisor_bytes_stay_off_the_ring(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    uint32_t divisors = test->machine->divisors;

    fake_out(guest, 0, THR, 1, 'a');
    fake_out(guest, 0, LCR, 1, 0x83);
    fake_out(guest, 0, THR, 1, 0x01);
    fake_out(guest, 0, IER, 1, 0x00);
    assert_int_equal(fake_in(guest, 0, THR, 1), 0x01);
    fake_out(guest, 0, LCR, 1, 0x03);
    fake_out(guest, 0, THR, 1, 'b');
    assert_true(output_is(test, (const uint8_t *)"ab", 2));
    assert_int_equal(test->machine->written, 2);
    assert_memory_equal(test->machine->line, "ab", 2);
    /* The device got the bytes as its divisor. */
    assert_int_equal(test->machine->divisors, divisors + 2);
    assert_int_equal(test->machine->dll, 0x01);
    assert_int_equal(test->machine->dlm, 0x00);
}

static void main_a_byte_in_loop_mode_stays_off_the_ring(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, MCR, 1, UART_MCR_LOOP);
    fake_out(guest, 0, THR, 1, 0xae);
    fake_out(guest, 0, MCR, 1, 0);
    fake_out(guest, 0, THR, 1, 'c');
    assert_true(output_is(test, (const uint8_t *)"c", 1));
}

static void main_the_devices_own_interrupts_stay_off(void **state)
{
    struct role_test *test = *state;

    fake_out(&test->guest, 0, IER, 1, 0x0f);
    assert_int_equal(fake_in(&test->guest, 0, IER, 1), 0x0f);
    assert_int_equal(test->machine->ier, 0);
}

static void main_thre_interrupt_is_a_level_that_falls_and_rises(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    /* Before it serves, a role that starts tells Xen that the line is low. */
    fake_in(guest, 0, SCR, 1);
    assert_line_moved(test, "0");
    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    assert_line_moved(test, "1");
    /* Reading IIR acknowledges the interrupt. */
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_THRI);
    assert_line_moved(test, "0");
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_NO_INT);
    assert_line_moved(test, "");
    /* Each byte that was sent interrupts again. */
    fake_out(guest, 0, THR, 1, 'x');
    assert_line_moved(test, "1");
    fake_out(guest, 0, THR, 1, 'y');
    assert_line_moved(test, "01");
    /* The interrupt is disabled and enabled: that raises it anew. */
    fake_out(guest, 0, IER, 1, 0);
    assert_line_moved(test, "0");
    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    assert_line_moved(test, "1");
    fake_out(guest, 0, IER, 1, 0);
    assert_line_moved(test, "0");
}

static void main_a_stalled_line_interrupts_once_it_drains(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    fake_in(guest, 0, IIR, 1);
    assert_true(wait_until(is_line_down, guest));
    fake_uart_stall(test->machine, true);
    /* One byte goes to the shift register, the next stays in THR. */
    fake_out(guest, 0, THR, 1, '1');
    fake_out(guest, 0, THR, 1, '2');
    assert_int_equal(fake_in(guest, 0, LSR, 1) & UART_LSR_THRE, 0);
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_NO_INT);
    assert_true(wait_until(is_line_down, guest));
    test->irqs_seen = guest->domain->irq_count;

    fake_uart_stall(test->machine, false);
    assert_line_moved(test, "1");
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_THRI);
}

static bool has_polled(void *opaque)
{
    uint64_t *want = opaque;
    struct fake_uart *machine = fake_machine_uart(0x3f8);

    return machine->reads[UART_LSR] >= *want;
}

static void main_polling_of_a_stalled_line_backs_off(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    const int64_t quick_ns = 20 * INT64_C(86806);
    uint64_t want;
    int64_t start;
    uint32_t moves;

    fake_uart_stall(test->machine, true);
    fake_out(guest, 0, THR, 1, '1');
    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    fake_out(guest, 0, THR, 1, '2');
    start = role_test_now_ns();
    /* 20 polls are a character's time apart, 10 double that to 50 ms, and 5
     * come at that. */
    want = test->machine->reads[UART_LSR] + 20 + 10 + 5;
    assert_true(wait_until(has_polled, &want));
    assert_true(role_test_now_ns() - start > quick_ns + 5 * 50000000);
    /* That the line drains is found out all the same. */
    moves = guest->domain->irq_count;
    fake_uart_stall(test->machine, false);
    assert_true(fake_guest_wait_irq(guest, moves + 1));
    /* Then there is nothing left to poll for. */
    fake_in(guest, 0, IIR, 1);
    want = test->machine->reads[UART_LSR];
    fake_out(guest, 0, SCR, 1, 1);
    assert_int_equal(test->machine->reads[UART_LSR], want);
}

/* Accesses to other registers must not put off the poll for THRE. */
static void main_a_busy_guest_gets_its_thre_interrupt(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    int64_t until = role_test_now_ns() + 2000 * INT64_C(1000000);
    uint32_t moves;

    /* At 300 baud a character takes far longer than an access. */
    fake_out(guest, 0, LCR, 1, 0x83);
    fake_out(guest, 0, THR, 1, 0x80);
    fake_out(guest, 0, IER, 1, 0x01);
    fake_out(guest, 0, LCR, 1, 0x03);
    fake_uart_stall(test->machine, true);
    fake_out(guest, 0, THR, 1, '1');
    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    fake_out(guest, 0, THR, 1, '2');
    assert_true(wait_until(is_line_down, guest));
    moves = guest->domain->irq_count;
    fake_uart_stall(test->machine, false);
    while (guest->domain->irq_count == moves && role_test_now_ns() < until)
        fake_in(guest, 1, SCR, 1);
    assert_int_equal(guest->domain->irq_count, moves + 1);
}

/* The role dies when the guest has its answer, and Xen was not told yet that
 * the line fell and rose. */
static void main_an_edge_is_not_lost_with_the_role(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    assert_line_moved(test, "01");
    fake_fault_set(FAKE_FAULT_KILL, FAULT_NOTIFIED, 1);
    assert_int_equal(fake_out(guest, 0, THR, 1, 'x'), FAKE_GUEST_OK);
    assert_int_equal(harness_wait(&test->harness), SIGKILL);
    assert_true(fake_fault_clear());
    assert_int_equal(harness_start(&test->harness), 0);
    assert_line_moved(test, "01");
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_THRI);
}

static void main_a_line_that_does_not_drain_holds_up_no_vcpu(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    uint8_t expected[100];
    unsigned int i;

    fake_out(guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO);
    fake_uart_stall(test->machine, true);
    for (i = 0; i < sizeof(expected); i++) {
        expected[i] = i;
        assert_int_equal(fake_out(guest, 0, THR, 1, i), FAKE_GUEST_OK);
    }
    /* The guest did not read LSR: the line lost some of its bytes, the out
     * ring none. */
    assert_int_equal(test->machine->written, FAKE_TRANSMIT_FIFO + 1);
    assert_true(output_is(test, expected, sizeof(expected)));
}

static void main_iir_shows_the_fifo_of_a_16550a(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    assert_int_equal(fake_in(guest, 0, IIR, 1), 0x01);
    fake_out(guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO);
    assert_int_equal(fake_in(guest, 0, IIR, 1), 0xc1);
    fake_out(guest, 0, FCR, 1, 0);
    assert_int_equal(fake_in(guest, 0, IIR, 1), 0x01);
}

/* A successor works out the level of the line anew. */
static void main_the_interrupt_line_survives_a_kill(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, IER, 1, UART_IER_THRI);
    harness_kill(&test->harness);
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_THRI);
    assert_true(wait_until(is_line_down, guest));
    /* A guest that sleeps until its byte is sent is not forgotten. */
    fake_uart_stall(test->machine, true);
    fake_out(guest, 0, THR, 1, '1');
    fake_out(guest, 0, THR, 1, '2');
    assert_true(wait_until(is_line_down, guest));
    harness_kill(&test->harness);
    assert_int_equal(harness_start(&test->harness), 0);
    fake_uart_stall(test->machine, false);
    assert_true(wait_until(is_line_up, guest));
}

static const struct CMUnitTest tests[] = {
    PASSTHROUGH_TEST(main_divisor_bytes_stay_off_the_ring),
    PASSTHROUGH_TEST(main_a_byte_in_loop_mode_stays_off_the_ring),
    PASSTHROUGH_TEST(main_the_devices_own_interrupts_stay_off),
    PASSTHROUGH_TEST(main_thre_interrupt_is_a_level_that_falls_and_rises),
    PASSTHROUGH_TEST(main_a_stalled_line_interrupts_once_it_drains),
    PASSTHROUGH_TEST(main_polling_of_a_stalled_line_backs_off),
    PASSTHROUGH_TEST(main_a_busy_guest_gets_its_thre_interrupt),
    PASSTHROUGH_TEST(main_a_line_that_does_not_drain_holds_up_no_vcpu),
    PASSTHROUGH_TEST(main_iir_shows_the_fifo_of_a_16550a),
    PASSTHROUGH_TEST(main_the_interrupt_line_survives_a_kill),
    PASSTHROUGH_TEST(main_an_edge_is_not_lost_with_the_role),
};

UNIT_MAIN(tests)
