/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_store.c - xenstore while xenstored works, hangs, dies and comes again
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "supervisor/host/store.h"

#include "fake-xen/fake_setup.h"
#include "unit/unit.h"

#define WATCHED "/watched"

/* A silent xenstored costs STORE_ANSWER_MS once.  A machine that is busy may
 * take ten times as long for it. */
#define PATIENCE_MS (10 * STORE_ANSWER_MS)

static struct ev_loop *loop;
static struct store *store;
static unsigned int connections, changes, ticks;
static char changed[64];

/* ---- the supervisor ---- */

static void on_connected(void *owner)
{
    assert_ptr_equal(owner, &store);
    assert_true(store_is_connected(store));
    connections++;
}

static void on_changed(void *owner, const char *watched, const char *path)
{
    assert_ptr_equal(owner, &store);
    assert_string_equal(watched, WATCHED);
    snprintf(changed, sizeof(changed), "%s", path);
    changes++;
}

static const struct store_events events = {
    .connected = on_connected,
    .changed = on_changed,
};

static int open_one(void **state)
{
    static const char *const watched[] = { WATCHED, NULL };

    (void)state;
    fake_xen_start();
    connections = changes = ticks = 0;
    loop = ev_default_loop(0);
    store = store_open(loop, watched, &events, &store);
    return store ? 0 : -1;
}

static void wait_for_connection(unsigned int number)
{
    while (connections < number)
        ev_run(loop, EVRUN_ONCE);
    assert_int_equal(connections, number);
}

static int begin(void **state)
{
    if (open_one(state))
        return -1;
    store_start(store);
    wait_for_connection(1);
    return 0;
}

/* Nothing is left of any connection. */
static int finish(void **state)
{
    (void)state;
    store_close(store);
    fake_store_become(FAKE_STORE_WORKS);
    while (fake_count_unrestricted() > 0)
        ;
    return (int)fake_xen_stop();
}

/* ---- the tests' words ---- */

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void assert_node(const char *path, const char *wanted)
{
    char *value = store_read(store, XBT_NULL, path, NULL);

    assert_non_null(value);
    assert_string_equal(value, wanted);
    free(value);
}

static void wait_for_loss(void)
{
    while (store_is_connected(store))
        ev_run(loop, EVRUN_ONCE);
}

static void wait_for_change(const char *path)
{
    while (strcmp(changed, path))
        ev_run(loop, EVRUN_ONCE);
}

static void on_tick(struct ev_loop *unused, ev_timer *timer, int unused2)
{
    (void)unused;
    (void)timer;
    (void)unused2;
    ticks++;
}

/* ---- what is true ---- */

static void main_store_keeps_what_is_written(void **state)
{
    xs_transaction_t transaction;
    unsigned int count, length;
    char **names, *value;

    (void)state;
    assert_true(store_write(store, XBT_NULL, "/a/b", "text"));
    assert_true(store_write(store, XBT_NULL, "/a/c", ""));
    assert_true(store_hide(store, XBT_NULL, "/a/b"));
    value = store_read(store, XBT_NULL, "/a/b", &length);
    assert_non_null(value);
    assert_int_equal(length, 4);
    free(value);
    names = store_list(store, "/a", &count);
    assert_non_null(names);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "b");
    free(names);
    transaction = store_begin(store);
    assert_int_not_equal(transaction, XBT_NULL);
    assert_true(store_remove(store, transaction, "/a"));
    assert_true(store_end(store, transaction, false));
    assert_null(store_read(store, XBT_NULL, "/a/b", NULL));
    assert_int_equal(errno, ENOENT);
    assert_true(store_is_connected(store));
}

static void main_store_tells_changes(void **state)
{
    (void)state;
    /* xenstored says so of each watch when it is set. */
    wait_for_change(WATCHED);
    assert_true(store_write(store, XBT_NULL, WATCHED "/x", "1"));
    wait_for_change(WATCHED "/x");
}

static void main_store_refuses_what_is_too_long(void **state)
{
    char path[4096];

    (void)state;
    memset(path, 'x', sizeof(path) - 1);
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    assert_false(store_write(store, XBT_NULL, path, ""));
    assert_int_equal(errno, E2BIG);
    assert_false(store_write(store, XBT_NULL, "/x", path));
    assert_int_equal(errno, E2BIG);
}

/* B3.  The supervisor waits once, and then for nothing more. */
static void trust_silent_xenstored_is_waited_for_once(void **state)
{
    uint64_t begin_ms = now_ms();
    unsigned int i;

    (void)state;
    assert_true(store_write(store, XBT_NULL, "/x", "1"));
    fake_store_become(FAKE_STORE_SILENT);
    assert_null(store_read(store, XBT_NULL, "/x", NULL));
    assert_int_equal(errno, ETIMEDOUT);
    for (i = 0; i < 1000; i++) {
        assert_false(store_write(store, XBT_NULL, "/x", "2"));
        assert_int_equal(errno, ENOTCONN);
    }
    assert_true(now_ms() - begin_ms < PATIENCE_MS);
    assert_int_equal(connections, 1);
}

/* B3. */
static void trust_xenstored_that_was_silent_is_used_again(void **state)
{
    (void)state;
    wait_for_change(WATCHED);
    fake_store_become(FAKE_STORE_SILENT);
    /* It is done at some time, to a node of its own therefore: xenstored takes
     * calls as they came, the fake one does not. */
    assert_false(store_write(store, XBT_NULL, "/late", "1"));
    fake_store_become(FAKE_STORE_WORKS);
    wait_for_connection(2);
    assert_true(store_write(store, XBT_NULL, "/x", "2"));
    assert_node("/x", "2");
    assert_true(store_write(store, XBT_NULL, WATCHED "/y", "1"));
    wait_for_change(WATCHED "/y");
}

/* B3.  Nothing is asked, and libxenstore tells nobody. */
static void trust_dead_xenstored_is_noticed_and_its_successor_used(
    void **state)
{
    (void)state;
    assert_true(store_write(store, XBT_NULL, "/x", "1"));
    fake_store_become(FAKE_STORE_DEAD);
    wait_for_loss();
    assert_false(store_write(store, XBT_NULL, "/x", "2"));
    assert_int_equal(errno, ENOTCONN);
    fake_store_become(FAKE_STORE_WORKS);
    wait_for_connection(2);
    assert_node("/x", "1");
    assert_true(store_write(store, XBT_NULL, WATCHED "/y", "1"));
    wait_for_change(WATCHED "/y");
}

/* B3.  Whoever reads a node is not told that there is none. */
static void trust_call_at_a_dead_xenstored_fails_at_once(void **state)
{
    uint64_t begin_ms = now_ms();

    (void)state;
    fake_store_become(FAKE_STORE_DEAD);
    assert_null(store_read(store, XBT_NULL, "/x", NULL));
    assert_int_not_equal(errno, ENOENT);
    assert_false(store_is_connected(store));
    assert_true(now_ms() - begin_ms < PATIENCE_MS);
    fake_store_become(FAKE_STORE_WORKS);
    wait_for_connection(2);
}

/* B3.  The loop goes on while a connection is waited for. */
static void trust_xenstored_that_is_silent_from_the_start_holds_up_nothing(
    void **state)
{
    ev_timer tick;

    (void)state;
    fake_store_become(FAKE_STORE_SILENT);
    store_start(store);
    ev_timer_init(&tick, on_tick, 0.01, 0.01);
    ev_timer_start(loop, &tick);
    while (ticks < 20)
        ev_run(loop, EVRUN_ONCE);
    ev_timer_stop(loop, &tick);
    assert_int_equal(connections, 0);
    assert_false(store_write(store, XBT_NULL, "/x", "1"));
    fake_store_become(FAKE_STORE_WORKS);
    wait_for_connection(1);
    assert_true(store_write(store, XBT_NULL, "/x", "1"));
}

static void trust_xenstored_that_comes_later_is_found(void **state)
{
    (void)state;
    fake_store_become(FAKE_STORE_DEAD);
    store_start(store);
    ev_run(loop, EVRUN_ONCE);
    assert_int_equal(connections, 0);
    fake_store_become(FAKE_STORE_WORKS);
    wait_for_connection(1);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)
#define early_test(name) \
    cmocka_unit_test_setup_teardown(name, open_one, finish)

static const struct CMUnitTest tests[] = {
    store_test(main_store_keeps_what_is_written),
    store_test(main_store_tells_changes),
    store_test(main_store_refuses_what_is_too_long),
    store_test(trust_silent_xenstored_is_waited_for_once),
    store_test(trust_xenstored_that_was_silent_is_used_again),
    store_test(trust_dead_xenstored_is_noticed_and_its_successor_used),
    store_test(trust_call_at_a_dead_xenstored_fails_at_once),
    early_test(
        trust_xenstored_that_is_silent_from_the_start_holds_up_nothing),
    early_test(trust_xenstored_that_comes_later_is_found),
};

UNIT_MAIN(tests)
