/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_journal.c - the journal, over deaths
 *
 * A process that dies is one that stops calling: at every point of an access
 * the journal is opened again from its file, as a successor does.
 */
#include "uart/fault_point.h"
#include "uart/journal.h"

#include <stdlib.h>
#include <unistd.h>

#include "unit/unit.h"

struct fixture {
    struct journal journal;
    _Atomic uint64_t in_doubt;
};

static char path[64];

static const struct port_request request = {
    .addr = 0x3f8,
    .data = 'x',
    .count = 1,
    .size = 1,
    .vcpu = 2,
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    snprintf(path, sizeof(path), "/tmp/test_journal.%d", (int)getpid());
    if (!fixture || journal_create(path) ||
        journal_open(&fixture->journal, path, &fixture->in_doubt))
        return -1;
    journal_forget(&fixture->journal, 7, 100, 200);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    fault_point_hook = NULL;
    journal_close(&fixture->journal);
    free(fixture);
    return unlink(path);
}

/* The process dies here, and its successor opens the file. */
static void die(struct fixture *fixture)
{
    journal_close(&fixture->journal);
    assert_int_equal(journal_open(&fixture->journal, path,
                                  &fixture->in_doubt), 0);
}

static void main_a_new_domain_starts_from_zero_but_for_the_offsets(
    void **state)
{
    struct fixture *fixture = *state;
    struct journal *journal = &fixture->journal;
    struct journal_copy *work = journal_work(journal);

    work->uart.lcr = 3;
    work->response = 9;
    journal_begin(journal, &request);
    journal_commit(journal, 1);
    journal_forget(journal, 8, 1000, 2000);
    assert_false(journal_is_active(journal));
    assert_int_equal(journal_units_done(journal), 0);
    assert_int_equal(journal->page->domid, 8);
    assert_int_equal(journal->page->is_reset, 0);
    assert_int_equal(journal_current(journal)->out_offset, 1000);
    assert_int_equal(journal_current(journal)->in_offset, 2000);
    assert_int_equal(journal_current(journal)->lcr, 0);
    assert_int_equal(journal_response(journal), 0);
}

static void main_work_is_seen_by_nobody_until_it_is_committed(void **state)
{
    struct fixture *fixture = *state;
    struct journal *journal = &fixture->journal;

    journal_work(journal)->uart.scr = 0x11;
    assert_int_equal(journal_current(journal)->scr, 0);
    die(fixture);
    assert_int_equal(journal_current(journal)->scr, 0);
    /* What the dead process left in the other copy is not taken over. */
    assert_int_equal(journal_work(journal)->uart.scr, 0);

    journal_work(journal)->uart.scr = 0x22;
    journal_commit(journal, 0);
    assert_int_equal(journal_current(journal)->scr, 0x22);
    die(fixture);
    assert_int_equal(journal_current(journal)->scr, 0x22);
}

static void main_a_request_is_remembered_with_its_byte_accesses(void **state)
{
    struct fixture *fixture = *state;
    struct journal *journal = &fixture->journal;
    unsigned int unit;

    assert_false(journal_is_active(journal));
    journal_begin(journal, &request);
    assert_true(journal_is_active(journal));
    for (unit = 0; unit < 5000; unit++) {
        if (unit % 1000 == 0)
            die(fixture);
        assert_true(journal_is_active(journal));
        assert_int_equal(journal_units_done(journal), unit);
        journal_work(journal)->uart.out_offset++;
        journal_commit(journal, unit + 1);
    }
    die(fixture);
    assert_memory_equal(&journal->page->request, &request, sizeof(request));
    assert_int_equal(journal_units_done(journal), 5000);
    assert_int_equal(journal_current(journal)->out_offset, 5100);
    journal_end(journal);
    assert_false(journal_is_active(journal));
    assert_int_equal(journal_units_done(journal), 0);
    assert_int_equal(journal_current(journal)->out_offset, 5100);
}

static void main_a_response_is_kept_and_each_request_has_its_own(
    void **state)
{
    struct fixture *fixture = *state;
    struct journal *journal = &fixture->journal;

    journal_begin(journal, &request);
    journal_work(journal)->response |= 0x12;
    journal_commit(journal, 1);
    journal_work(journal)->response |= 0x3400;
    journal_commit(journal, 2);
    die(fixture);
    assert_int_equal(journal_response(journal), 0x3412);
    journal_end(journal);
    journal_begin(journal, &request);
    assert_int_equal(journal_response(journal), 0);
}

static void main_a_death_at_the_device_is_counted_and_not_repeated(
    void **state)
{
    struct fixture *fixture = *state;
    struct journal *journal = &fixture->journal;

    journal_begin(journal, &request);
    journal_work(journal);
    assert_true(journal_enter_device(journal));
    die(fixture);
    assert_true(journal_is_active(journal));
    journal_work(journal);
    assert_false(journal_enter_device(journal));
    assert_int_equal(fixture->in_doubt, 1);
    journal_commit(journal, 1);
    /* The next access is another one, which is not in doubt. */
    journal_work(journal);
    assert_true(journal_enter_device(journal));
    journal_commit(journal, 2);
    die(fixture);
    assert_int_equal(fixture->in_doubt, 1);
    assert_true(journal_enter_device(journal));
}

static void main_a_death_after_the_commit_leaves_no_doubt(void **state)
{
    struct fixture *fixture = *state;
    struct journal *journal = &fixture->journal;

    journal_begin(journal, &request);
    journal_work(journal);
    assert_true(journal_enter_device(journal));
    journal_commit(journal, 1);
    die(fixture);
    journal_end(journal);
    journal_begin(journal, &request);
    journal_work(journal);
    assert_true(journal_enter_device(journal));
    assert_int_equal(fixture->in_doubt, 0);
}

/* The successor dies, too, before it has committed the access that it repeats.
 */
static void main_doubt_outlives_a_second_death(void **state)
{
    struct fixture *fixture = *state;
    struct journal *journal = &fixture->journal;

    journal_begin(journal, &request);
    journal_work(journal);
    assert_true(journal_enter_device(journal));
    die(fixture);
    die(fixture);
    journal_work(journal);
    assert_false(journal_enter_device(journal));
}

static unsigned int points_seen;

static void note_point(enum fault_point point)
{
    points_seen |= 1u << point;
}

static void main_fault_points_have_names_and_are_called(void **state)
{
    struct fixture *fixture = *state;
    struct journal *journal = &fixture->journal;
    unsigned int point;

    for (point = 0; point < FAULT_POINTS; point++)
        assert_non_null(fault_point_names[point]);
    points_seen = 0;
    fault_point_hook = note_point;
    journal_begin(journal, &request);
    journal_work(journal);
    journal_enter_device(journal);
    journal_commit(journal, 1);
    journal_end(journal);
    assert_int_equal(points_seen, 1u << FAULT_BEGUN |
                     1u << FAULT_DEVICE_MARKED | 1u << FAULT_COMMITTED |
                     1u << FAULT_ENDED);
}

#define JOURNAL_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static const struct CMUnitTest tests[] = {
    JOURNAL_TEST(main_a_new_domain_starts_from_zero_but_for_the_offsets),
    JOURNAL_TEST(main_work_is_seen_by_nobody_until_it_is_committed),
    JOURNAL_TEST(main_a_request_is_remembered_with_its_byte_accesses),
    JOURNAL_TEST(main_a_response_is_kept_and_each_request_has_its_own),
    JOURNAL_TEST(main_a_death_at_the_device_is_counted_and_not_repeated),
    JOURNAL_TEST(main_a_death_after_the_commit_leaves_no_doubt),
    JOURNAL_TEST(main_doubt_outlives_a_second_death),
    JOURNAL_TEST(main_fault_points_have_names_and_are_called),
};

UNIT_MAIN(tests)
