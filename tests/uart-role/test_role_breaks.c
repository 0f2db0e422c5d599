/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_role_breaks.c - breaks and errors among what clients send: each has its
 * place in the guest's input (D6, G4)
 */
#include <linux/serial_reg.h>
#include <unistd.h>

#include "uart-role/role_test.h"

static void uart_a_break_comes_when_there_is_room(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, IER, 1, UART_IER_RLSI);
    type_text(test, "x");
    assert_true(wait_until(is_all_consumed, test));
    send_break(test);
    /* The guest has not read its one byte yet. */
    assert_int_equal(fake_in(guest, 0, LSR, 1) &
                     (UART_LSR_BI | UART_LSR_OE | UART_LSR_DR), UART_LSR_DR);
    assert_int_equal(fake_in(guest, 0, RBR, 1), 'x');
    assert_true(wait_until(is_line_up, guest));
    assert_int_equal(fake_in(guest, 0, IIR, 1), UART_IIR_RLSI);
    assert_int_equal(fake_in(guest, 0, LSR, 1) & (UART_LSR_BI | UART_LSR_DR),
                     UART_LSR_BI | UART_LSR_DR);
    assert_int_equal(fake_in(guest, 0, RBR, 1), 0);
}

/* What a driver gets that polls, in words: "x" a byte, "." a break. */
static void assert_guest_gets(struct role_test *test, const char *expected)
{
    struct fake_guest *guest = &test->guest;
    uint32_t lsr;

    for (; *expected; expected++) {
        do
            lsr = fake_in(guest, 0, LSR, 1);
        while (!(lsr & UART_LSR_DR));
        assert_int_equal(!!(lsr & UART_LSR_BI), *expected == '.');
        assert_int_equal(lsr & UART_LSR_OE, 0);
        assert_int_equal(fake_in(guest, 0, RBR, 1),
                         *expected == '.' ? 0 : *expected);
    }
}

/* D6: behind 39 bytes of which the FIFO holds 16, it came behind the 16th. */
static void uart_a_break_stands_behind_what_was_typed_before_it(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;

    fake_out(guest, 0, FCR, 1, UART_FCR_ENABLE_FIFO);
    fake_out(guest, 0, IER, 1, UART_IER_RDI | UART_IER_RLSI);
    type_text(test, "the first sixteen, and more than these b");
    send_break(test);
    type_text(test, "b");
    assert_guest_gets(test, "the first sixteen, and more than these b.b");
    assert_true(wait_until(is_all_consumed, test));
    assert_int_equal(fake_in(guest, 0, LSR, 1) & UART_LSR_DR, 0);
}

/* D6: the guest lowers RTS while they are typed.  The 'b' behind the break
 * would have been a command of SysRq's that nobody gave. */
static void uart_a_break_waits_for_rts_with_the_bytes(void **state)
{
    struct role_test *test = *state;

    test->harness.option = "rts=on";
    assert_int_equal(harness_start(&test->harness), 0);
    fake_out(&test->guest, 0, MCR, 1, UART_MCR_DTR | UART_MCR_OUT2);
    type_text(test, "bbb");
    send_break(test);
    assert_int_equal(fake_in(&test->guest, 0, LSR, 1) &
                     (UART_LSR_DR | UART_LSR_BI), 0);
    fake_out(&test->guest, 0, MCR, 1,
             UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
    assert_guest_gets(test, "bbb.");
}

/* G4: two that come while the guest is paused became one. */
static void uart_two_breaks_are_two(void **state)
{
    struct role_test *test = *state;

    send_break(test);
    send_break(test);
    type_text(test, "h");
    send_break(test);
    assert_guest_gets(test, "..h.");
    assert_true(wait_until(is_all_consumed, test));
    assert_int_equal(fake_in(&test->guest, 0, LSR, 1) & UART_LSR_DR, 0);
}

/* The errors of a byte go with it, and a net role that has fallen can make no
 * others of them. */
static void uart_errors_in_the_in_ring_are_those_of_a_byte(void **state)
{
    struct role_test *test = *state;
    struct fake_guest *guest = &test->guest;
    struct waker waker = net_side(test);
    uint32_t lsr;

    assert_true(type_errors(test, &waker, 'p', UART_LSR_PE));
    assert_true(type_errors(test, &waker, 'x', 0xff));
    close(waker.fd);
    do
        lsr = fake_in(guest, 0, LSR, 1);
    while (!(lsr & UART_LSR_DR));
    assert_int_equal(lsr & 0x1f, UART_LSR_DR | UART_LSR_PE);
    assert_int_equal(fake_in(guest, 0, RBR, 1), 'p');
    assert_true(wait_until(is_all_consumed, test));
    assert_int_equal(fake_in(guest, 0, LSR, 1) & 0x1f,
                     UART_LSR_DR | UART_LSR_PE | UART_LSR_FE | UART_LSR_BI);
    assert_int_equal(fake_in(guest, 0, RBR, 1), 0);
}

#define BREAK_TESTS(KIND) \
    KIND(uart_a_break_comes_when_there_is_room), \
    KIND(uart_a_break_stands_behind_what_was_typed_before_it), \
    KIND(uart_two_breaks_are_two), \
    KIND(uart_errors_in_the_in_ring_are_those_of_a_byte)

#define NAMED_PASSTHROUGH_TEST(name) \
    { #name "_passthrough", name, role_test_passthrough, role_test_end, NULL }
#define NAMED_POSTED_TEST(name) \
    { #name "_posted", name, role_test_posted, role_test_end, NULL }

static const struct CMUnitTest tests[] = {
    BREAK_TESTS(VIRTUAL_TEST),
    BREAK_TESTS(NAMED_PASSTHROUGH_TEST),
    BREAK_TESTS(NAMED_POSTED_TEST),
    AT_REST_TEST(uart_a_break_waits_for_rts_with_the_bytes),
};

UNIT_MAIN(tests)
