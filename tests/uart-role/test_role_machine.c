/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_machine.c - the uart role over a machine's UART that takes its time
 *
 * Time is the test's own where an order matters, and the real one where a
 * driver polls; then nothing is asserted of how long it took.
 */
#include <linux/serial_reg.h>
#include <signal.h>
#include <string.h>

#include "uart-role/role_test.h"
#include "uart/fault_point.h"

#define LOOPED 8 /* bytes */

static bool run_in_real_time(struct role_test *test)
{
    test->machine->is_real_time = true;
    test->machine->takes_time = true;
    return !harness_start(&test->harness);
}

static uint8_t look_at(struct role_test *test, uint16_t port)
{
    return fake_in(&test->guest, 0, port, 1);
}

static void write_to(struct role_test *test, uint16_t port, uint8_t value)
{
    assert_int_equal(fake_out(&test->guest, 0, port, 1, value),
                     FAKE_GUEST_OK);
}

/* The guest polls a register until the bits of mask are value. */
static void await(struct role_test *test, uint16_t port, uint8_t mask,
                  uint8_t value)
{
    int64_t until = role_test_now_ns() + HARNESS_TIMEOUT_MS * INT64_C(1000000);

    while ((look_at(test, port) & mask) != value)
        assert_true(role_test_now_ns() < until);
}

/* ---- real time ---- */

/* D3, D4: probes of small systems and of FreeBSD. */
static void uart_probes_find_a_16550a_on_the_machine(void **state)
{
    struct role_test *test = *state;
    unsigned int count = 0;
    uint8_t lsr = 0;

    assert_true(run_in_real_time(test));
    write_to(test, FCR, 0xc7);
    write_to(test, MCR, 0x1e);
    write_to(test, THR, 0xae);
    await(test, RBR, 0xff, 0xae);
    write_to(test, MCR, 0x1b);
    write_to(test, FCR, 0x07);
    for (; !(lsr & UART_LSR_OE) && count < 260; count++) {
        write_to(test, THR, count);
        for (lsr = 0; !(lsr & UART_LSR_TEMT);)
            lsr |= look_at(test, LSR);
    }
    assert_int_equal(count, 17);
    for (count = 0; count < 16; count++)
        assert_int_equal(look_at(test, RBR), count);
    assert_true(output_is(test, (const uint8_t *)"", 0));
}

/* D1: each character is written behind a look at the divisor, while somebody
 * types. */
static void uart_divisor_is_left_alone_while_somebody_types(void **state)
{
    const char *typed = "typed while DLAB is set";
    struct role_test *test = *state;
    size_t length = strlen(typed), got = 0;
    char received[64] = "";

    test->machine->has_plug = true;
    test->harness.option = "input=loopback";
    assert_true(run_in_real_time(test));
    write_to(test, FCR, UART_FCR_ENABLE_FIFO);
    type_text(test, typed);
    while (got < length) {
        write_to(test, LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
        assert_int_equal(look_at(test, THR), 1);
        assert_int_equal(look_at(test, IER), 0);
        write_to(test, LCR, UART_LCR_WLEN8);
        if (look_at(test, LSR) & UART_LSR_DR)
            received[got++] = look_at(test, RBR);
    }
    assert_string_equal(received, typed);
    assert_int_equal(test->machine->dll, 1);
}

/* A driver fills the FIFO and sleeps until THR is empty. */
static void uart_transmitter_interrupts_when_the_machine_has_sent(void **state)
{
    struct role_test *test = *state;
    unsigned int i;

    assert_true(run_in_real_time(test));
    write_to(test, FCR, UART_FCR_ENABLE_FIFO);
    for (i = 0; i < 16; i++)
        write_to(test, THR, 'a' + i);
    write_to(test, IER, UART_IER_THRI);
    assert_true(wait_until(is_line_up, &test->guest));
    assert_int_equal(look_at(test, IIR), 0xc0 | UART_IIR_THRI);
    await(test, LSR, UART_LSR_TEMT, UART_LSR_TEMT);
    assert_int_equal(test->machine->sent, 16);
    assert_true(output_is(test, (const uint8_t *)"abcdefghijklmnop", 16));
}

/* ---- deaths ---- */

/* Reads all that is there.  Returns how many of the LOOPED bytes are missing;
 * they come in order, and none comes twice. */
static unsigned int missing_bytes(struct role_test *test)
{
    unsigned int next = 0, missing = 0;
    uint8_t byte;

    while (look_at(test, LSR) & UART_LSR_DR) {
        byte = look_at(test, RBR);
        assert_in_range(byte, next, LOOPED - 1);
        missing += byte - next;
        next = byte + 1;
    }
    return missing + LOOPED - next;
}

/* All looped bytes come back at once, and the role dies, in this access or in
 * a poll before it. */
static void die_in(struct role_test *test, const struct fake_request *request,
                   unsigned int point, unsigned int nth)
{
    uint64_t data;

    fake_fault_set(FAKE_FAULT_KILL, point, nth);
    atomic_fetch_add(&test->machine->clock_ns, UINT64_C(10000000));
    fake_guest_start(&test->guest, 0, -1, request);
    assert_int_equal(harness_wait(&test->harness), SIGKILL);
    assert_true(fake_fault_clear());
    assert_int_equal(harness_start(&test->harness), 0);
    assert_int_equal(fake_guest_finish(&test->guest, 0, FAKE_GUEST_TIMEOUT_MS,
                                       &data), FAKE_GUEST_OK);
}

static void die_while_taking(struct role_test *test, unsigned int point,
                             unsigned int nth)
{
    static const struct fake_request read_lsr = {
        .type = IOREQ_TYPE_PIO, .addr = LSR, .size = 1, .count = 1,
        .is_read = true,
    };
    _Atomic uint64_t *doubts = &test->harness.out.header->report.in_doubt;
    uint64_t in_doubt = *doubts;
    unsigned int i;

    write_to(test, FCR, 0x07);
    for (i = 0; i < LOOPED; i++)
        write_to(test, THR, i);
    die_in(test, &read_lsr, point, nth);
    assert_in_range(missing_bytes(test), 0, *doubts - in_doubt);
    assert_in_range(*doubts - in_doubt, 0, 1);
}

/* An access that takes several bytes of the machine's leaves one in doubt. */
static void uart_death_between_taken_bytes_leaves_one_in_doubt(void **state)
{
    static const unsigned int points[] = {
        FAULT_DEVICE_MARKED, FAULT_DEVICE_DONE, FAULT_COMMITTED,
    };
    struct role_test *test = *state;
    unsigned int i, nth;

    test->machine->takes_time = true;
    assert_int_equal(harness_start(&test->harness), 0);
    write_to(test, MCR, UART_MCR_LOOP);
    for (i = 0; i < sizeof(points) / sizeof(points[0]); i++)
        for (nth = 1; nth <= 4; nth++)
            die_while_taking(test, points[i], nth);
}

/* FCR is written behind a look: the doubt is of the byte that was looked for,
 * and the device gets what is written. */
static void uart_death_before_fcr_leaves_the_fifos_on(void **state)
{
    static const struct fake_request write_fcr = {
        .type = IOREQ_TYPE_PIO, .addr = FCR, .size = 1, .count = 1,
        .data = 0x07,
    };
    struct role_test *test = *state;
    unsigned int i;

    test->machine->takes_time = true;
    assert_int_equal(harness_start(&test->harness), 0);
    write_to(test, MCR, UART_MCR_LOOP);
    for (i = 0; i < 5; i++) {
        write_to(test, FCR, 0);
        write_to(test, THR, 'a');
        die_in(test, &write_fcr, FAULT_DEVICE_DONE, 1);
        assert_int_equal(test->machine->fcr, 0x07);
    }
}

/* The doubt is of a byte that came in, not of the one that is typed next. */
static void uart_death_at_a_received_byte_costs_no_typed_one(void **state)
{
    struct role_test *test = *state;

    test->machine->has_plug = true;
    test->harness.option = "input=loopback";
    assert_int_equal(harness_start(&test->harness), 0);
    fake_fault_set(FAKE_FAULT_KILL, FAULT_DEVICE_DONE, 1);
    fake_uart_receive(test->machine, 'n'); /* noise: nobody has typed it */
    assert_int_equal(harness_wait(&test->harness), SIGKILL);
    assert_true(fake_fault_clear());
    type_text(test, "xy");
    assert_int_equal(harness_start(&test->harness), 0);
    write_to(test, IER, UART_IER_RDI);
    assert_int_equal(guest_reads(test), 'x');
    assert_int_equal(guest_reads(test), 'y');
    assert_int_equal(test->machine->written, 2);
    assert_int_equal(test->harness.out.header->report.in_doubt, 1);
}

static const struct CMUnitTest tests[] = {
    AT_REST_TEST(uart_probes_find_a_16550a_on_the_machine),
    AT_REST_TEST(uart_divisor_is_left_alone_while_somebody_types),
    AT_REST_TEST(uart_transmitter_interrupts_when_the_machine_has_sent),
    AT_REST_TEST(uart_death_between_taken_bytes_leaves_one_in_doubt),
    AT_REST_TEST(uart_death_before_fcr_leaves_the_fifos_on),
    AT_REST_TEST(uart_death_at_a_received_byte_costs_no_typed_one),
};

UNIT_MAIN(tests)
