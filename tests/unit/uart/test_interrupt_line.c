/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_interrupt_line.c - what Xen is told of the interrupt line, and when
 */
#include "uart/interrupt_line.h"

#include <stdlib.h>

#include "shared/role.h"
#include "uart/ioreq_server.h"
#include "unit/unit.h"

#define IRQ 4

static struct interrupt_line line;
static char told[256]; /* what Xen was told: "10" is up and down */
static size_t told_count;

void ioreq_server_set_irq(struct ioreq_server *server, uint8_t irq, bool level)
{
    (void)server;
    assert_int_equal(irq, IRQ);
    assert_true(told_count + 1 < sizeof(told));
    told[told_count++] = '0' + level;
}

static void assert_told(const char *moves)
{
    told[told_count] = '\0';
    assert_string_equal(told, moves);
    told_count = 0;
}

static int begin(void **state)
{
    (void)state;
    told_count = 0;
    interrupt_line_init(&line, NULL, IRQ);
    return 0;
}

/* Gets over the start, where the line is taken for high, as a predecessor may
 * have left it. */
static void begin_low(void)
{
    interrupt_line_tell(&line);
    assert_told("0");
}

static void begin_high(void)
{
    begin_low();
    interrupt_line_set(&line, true);
    interrupt_line_tell(&line);
    assert_told("1");
}

static void fall_and_rise(void)
{
    interrupt_line_set(&line, false);
    interrupt_line_set(&line, true);
}

static void uart_line_is_lowered_first(void **state)
{
    (void)state;
    interrupt_line_set(&line, true);
    assert_true(interrupt_line_is_due(&line));
    interrupt_line_tell(&line);
    assert_told("01");
    assert_false(interrupt_line_is_due(&line));
    interrupt_line_tell(&line);
    assert_told("");
}

static void uart_line_that_fell_shortly_rises_anew(void **state)
{
    (void)state;
    begin_high();
    fall_and_rise();
    assert_true(interrupt_line_is_due(&line));
    interrupt_line_tell(&line);
    assert_told("01");
}

static void uart_line_that_rose_shortly_is_not_told(void **state)
{
    (void)state;
    begin_low();
    interrupt_line_set(&line, true);
    interrupt_line_put_off(&line);
    assert_true(interrupt_line_is_due(&line));
    interrupt_line_set(&line, false);
    assert_false(interrupt_line_is_due(&line));
    interrupt_line_tell(&line);
    assert_told("");
}

static void uart_line_falls_although_its_rise_is_put_off(void **state)
{
    (void)state;
    begin_high();
    fall_and_rise();
    interrupt_line_put_off(&line);
    assert_told("0");
    interrupt_line_tell(&line);
    assert_told("1");
}

/* A guest that writes and writes puts off each rise. */
static void uart_line_is_not_put_off_for_ever(void **state)
{
    unsigned int count = 0;

    (void)state;
    begin_low();
    while (told_count == 0 && count < 1000) {
        fall_and_rise();
        interrupt_line_put_off(&line);
        count++;
    }
    assert_told("1");
    assert_in_range(count, 2, 100);
    /* After it was told, a rise is put off as long again. */
    fall_and_rise();
    interrupt_line_put_off(&line);
    assert_told("0");
}

static void uart_without_an_irq_nothing_is_told(void **state)
{
    (void)state;
    interrupt_line_init(&line, NULL, INTERRUPT_LINE_NONE);
    interrupt_line_tell(&line);
    interrupt_line_set(&line, true);
    assert_false(interrupt_line_is_due(&line));
    interrupt_line_tell(&line);
    interrupt_line_set(&line, false);
    interrupt_line_put_off(&line);
    assert_told("");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(uart_line_is_lowered_first, begin),
    cmocka_unit_test_setup(uart_line_that_fell_shortly_rises_anew, begin),
    cmocka_unit_test_setup(uart_line_that_rose_shortly_is_not_told, begin),
    cmocka_unit_test_setup(uart_line_falls_although_its_rise_is_put_off,
                           begin),
    cmocka_unit_test_setup(uart_line_is_not_put_off_for_ever, begin),
    cmocka_unit_test_setup(uart_without_an_irq_nothing_is_told, begin),
};

UNIT_MAIN(tests)
