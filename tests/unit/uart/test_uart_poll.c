/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_uart_poll.c - what a poll of the UART is told, and when it is due
 */
#include "uart/uart_poll.h"

#include <stdlib.h>
#include <unistd.h>

#include "uart/uart_parts.h"
#include "unit/unit.h"

#define SECOND_NS UINT64_C(1000000000)

static struct uart_role role;
static _Atomic uint64_t in_doubt;
static uint64_t told_ns; /* by the last poll */

static void note_poll(struct uart *uart)
{
    told_ns = uart->poll_interval_ns;
    uart->poll_interval_ns = SECOND_NS;
}

static void ignore_irq(void *opaque, bool level)
{
    (void)opaque;
    (void)level;
}

static const struct uart_ops ops = { .mode = "polled", .poll = note_poll };

static int begin(void **state)
{
    char path[] = "/tmp/test_uart_poll.XXXXXX";
    int rc;

    (void)state;
    role = (struct uart_role){
        .uart = { .ops = &ops, .journal = &role.journal,
                  .set_irq = ignore_irq },
    };
    interrupt_line_init(&role.line, &role.server, INTERRUPT_LINE_NONE);
    if (!mkdtemp(path) || chdir(path))
        return -1;
    rc = journal_create("state");
    if (!rc)
        rc = journal_open(&role.journal, "state", &in_doubt);
    unlink("state");
    rmdir(path);
    return rc;
}

static int end(void **state)
{
    (void)state;
    journal_close(&role.journal);
    return 0;
}

/* An access wishes for a later poll than the one that is due: no time-out may
 * come early by that. */
static void uart_poll_is_told_the_time_that_has_passed(void **state)
{
    uint64_t start = uart_poll_now_ns(), passed;

    (void)state;
    uart_poll_run(&role);
    role.uart.poll_interval_ns = 3600 * SECOND_NS;
    uart_poll_schedule(&role);
    uart_poll_run(&role);
    passed = uart_poll_now_ns() - start;
    assert_in_range(told_ns, 1, passed);
}

/* How long nobody polled is not known: the process is new. */
static void uart_first_poll_is_told_of_no_time(void **state)
{
    (void)state;
    role.uart.poll_interval_ns = SECOND_NS;
    uart_poll_run(&role);
    assert_int_equal(told_ns, 0);
}

static void uart_access_brings_a_poll_forward_and_never_puts_it_off(
    void **state)
{
    uint64_t at;

    (void)state;
    uart_poll_run(&role);
    role.uart.poll_interval_ns = 3600 * SECOND_NS;
    at = role.poll.at_ns;
    uart_poll_schedule(&role);
    assert_int_equal(role.poll.at_ns, at);
    assert_false(uart_poll_is_due(&role));
    role.uart.poll_interval_ns = 1;
    uart_poll_schedule(&role);
    assert_true(role.poll.at_ns < at);
    role.uart.poll_interval_ns = 0;
    uart_poll_schedule(&role);
    assert_int_equal(role.poll.at_ns, 0);
}

#define POLL_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    POLL_TEST(uart_poll_is_told_the_time_that_has_passed),
    POLL_TEST(uart_first_poll_is_told_of_no_time),
    POLL_TEST(uart_access_brings_a_poll_forward_and_never_puts_it_off),
};

UNIT_MAIN(tests)
