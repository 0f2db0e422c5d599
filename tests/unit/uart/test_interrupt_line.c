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
static struct ioreq_server server;
static void (*meanwhile)(void); /* what another role does while Xen is told */
static char told[256]; /* what Xen was told: "10" is up and down */
static size_t told_count;

void ioreq_server_set_irq(struct ioreq_server *by, uint8_t irq, bool level)
{
    (void)by;
    assert_int_equal(irq, IRQ);
    assert_true(told_count + 1 < sizeof(told));
    told[told_count++] = '0' + level;
    if (meanwhile)
        meanwhile();
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
    meanwhile = NULL;
    server.id = 1;
    interrupt_line_init(&line, &server, IRQ);
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
    interrupt_line_init(&line, &server, INTERRUPT_LINE_NONE);
    interrupt_line_tell(&line);
    interrupt_line_set(&line, true);
    assert_false(interrupt_line_is_due(&line));
    interrupt_line_tell(&line);
    interrupt_line_set(&line, false);
    interrupt_line_put_off(&line);
    assert_told("");
}

/* ---- a line that another console of the guest has, too: D5 ---- */

static struct interrupt_levels_header levels;

#define OTHER levels.levels[IRQ][2]

static void share(void)
{
    memset(&levels, 0, sizeof(levels));
    line.levels.header = &levels;
}

/* Got down although the other UART had a reason. */
static void uart_line_stays_up_while_the_other_console_has_a_reason(
    void **state)
{
    (void)state;
    share();
    begin_high();
    OTHER = 1;
    interrupt_line_set(&line, false);
    interrupt_line_tell(&line);
    assert_told("1");
    assert_int_equal(levels.levels[IRQ][1], 0);
    OTHER = 0;
    interrupt_line_set(&line, true);
    interrupt_line_tell(&line);
    assert_told("1");
    assert_int_equal(levels.levels[IRQ][1], 1);
    fall_and_rise();
    interrupt_line_tell(&line);
    assert_told("01");
}

static void other_falls(void)
{
    OTHER = 0;
    meanwhile = NULL;
}

static void other_rises(void)
{
    OTHER = 1;
    meanwhile = NULL;
}

/* The other role has told Xen already: what we have just told is older. */
static void uart_line_is_told_again_when_the_other_console_was_quicker(
    void **state)
{
    (void)state;
    share();
    begin_high();
    OTHER = 1;
    meanwhile = other_falls;
    interrupt_line_set(&line, false);
    interrupt_line_tell(&line);
    assert_told("10");
    meanwhile = other_rises;
    interrupt_line_set(&line, true);
    interrupt_line_tell(&line);
    assert_told("1");
    OTHER = 0;
    meanwhile = other_rises;
    interrupt_line_set(&line, false);
    interrupt_line_tell(&line);
    assert_told("01");
}

static void other_flaps(void)
{
    OTHER = !OTHER;
}

static void uart_line_holds_up_nobody_who_shares_it_with_a_fallen_role(
    void **state)
{
    (void)state;
    share();
    begin_high();
    meanwhile = other_flaps;
    interrupt_line_set(&line, false);
    interrupt_line_tell(&line);
    assert_in_range(told_count, 2, 100);
}

static void uart_line_is_let_go_with_its_console(void **state)
{
    (void)state;
    share();
    begin_high();
    OTHER = 1;
    interrupt_line_end(&line);
    assert_told("1");
    assert_int_equal(levels.levels[IRQ][1], 0);
    levels.levels[7][1] = levels.levels[IRQ][1] = 1;
    interrupt_levels_forget(&line.levels, 1);
    assert_int_equal(levels.levels[7][1] | levels.levels[IRQ][1], 0);
    assert_int_equal(OTHER, 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(uart_line_is_lowered_first, begin),
    cmocka_unit_test_setup(uart_line_that_fell_shortly_rises_anew, begin),
    cmocka_unit_test_setup(uart_line_that_rose_shortly_is_not_told, begin),
    cmocka_unit_test_setup(uart_line_falls_although_its_rise_is_put_off,
                           begin),
    cmocka_unit_test_setup(uart_line_is_not_put_off_for_ever, begin),
    cmocka_unit_test_setup(uart_without_an_irq_nothing_is_told, begin),
    cmocka_unit_test_setup(
        uart_line_stays_up_while_the_other_console_has_a_reason, begin),
    cmocka_unit_test_setup(
        uart_line_is_told_again_when_the_other_console_was_quicker, begin),
    cmocka_unit_test_setup(
        uart_line_holds_up_nobody_who_shares_it_with_a_fallen_role, begin),
    cmocka_unit_test_setup(uart_line_is_let_go_with_its_console, begin),
};

UNIT_MAIN(tests)
