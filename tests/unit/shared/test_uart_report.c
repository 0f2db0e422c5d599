/* SPDX-License-Identifier: BSD-2-Clause */
/* test_uart_report.c - how many items of the in ring guests took (G3) */
#include "shared/uart_report.h"

#include "unit/unit.h"

static void main_what_no_guest_took_was_not_typed(void **state)
{
    struct uart_report report = { 0 };

    (void)state;
    assert_int_equal(uart_report_typed(&report), 0);
    uart_report_skip(&report, 100);
    assert_int_equal(report.in_tail, 100);
    assert_int_equal(uart_report_typed(&report), 0);
    report.in_tail = 105;
    assert_int_equal(uart_report_typed(&report), 5);
    uart_report_skip(&report, 105);
    assert_int_equal(uart_report_typed(&report), 5);
    uart_report_skip(&report, 1105);
    assert_int_equal(uart_report_typed(&report), 5);
    report.in_tail += 7;
    uart_report_skip(&report, 1113);
    report.in_tail += 1;
    assert_int_equal(uart_report_typed(&report), 13);
}

/* Of a console that an earlier mediatord has made. */
static void main_without_skips_all_was_typed(void **state)
{
    struct uart_report report = { .in_tail = 4711 };

    (void)state;
    assert_int_equal(uart_report_typed(&report), 4711);
    uart_report_skip(&report, 5000);
    assert_int_equal(uart_report_typed(&report), 4711);
}

/* A role that dies at any store of the skip is followed by one that does it
 * again. */
static void main_a_skip_that_was_cut_short_counts_once(void **state)
{
    unsigned int stores, now;

    (void)state;
    for (stores = 0; stores < 4; stores++) {
        for (now = 0; now < 2; now++) {
            struct uart_report report = { .in_tail = 40 };
            struct uart_report_skip *next = &report.skips[now];

            report.skips[now ^ 1] = (struct uart_report_skip){ 30, 20 };
            if (stores > 0)
                next->at = 41;
            if (stores > 1)
                next->items = 80;
            if (stores > 2)
                next->at = 100;
            assert_int_equal(uart_report_typed(&report), 20);
            uart_report_skip(&report, 100);
            assert_int_equal(report.in_tail, 100);
            assert_int_equal(uart_report_typed(&report), 20);
        }
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(main_what_no_guest_took_was_not_typed),
    cmocka_unit_test(main_without_skips_all_was_typed),
    cmocka_unit_test(main_a_skip_that_was_cut_short_counts_once),
};

UNIT_MAIN(tests)
