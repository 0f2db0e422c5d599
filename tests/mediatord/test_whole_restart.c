/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_whole_restart.c - how long guests wait while mediatord is restarted in
 * good order
 *
 * The goal is a second, on a machine that does nothing else; what is printed
 * is how long it took.  Ten seconds fail; but where even the consoles' first
 * start, which is as much work, takes longer, as long as that.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fake-xen/fake_setup.h"
#include "mediatord/whole.h"

#include "unit/unit.h"

#define GOAL_MS  1000
#define LIMIT_MS 10000
#define NOBODY WHOLE_GUESTS_MAX

/* systemd's patience is 20 s (TimeoutStopSec=).  A test waits longer than a
 * stop in good order takes, or, where there is none, not for long. */
#define PATIENCE_MS       9000
#define SHORT_PATIENCE_MS 2000

/* A sanitizer looks for leaks at the end of each role. */
#ifdef __SANITIZE_ADDRESS__
#define GUESTS 8
#else
#define GUESTS 64
#endif

/* One mediatord is restarted by all tests, as its start is most of the work.
 * A test that failed leaves one that nobody goes on with. */
static struct whole whole;
static bool is_started, is_fit;

static int begin(void **state)
{
    (void)state;
    if (is_started && !is_fit) {
        whole_end(&whole);
        is_started = false;
    }
    if (!is_started) {
        is_started = true;
        if (whole_start(&whole, GUESTS) || whole_write(&whole))
            return -1;
    }
    is_fit = false;
    return 0;
}

/* To be called at the end of each test. */
static void finish(void)
{
    assert_int_equal(whole_await_requests(&whole), 0);
    is_fit = true;
}

/* Waits until the client's socket holds all it can. */
static void await_full(int client)
{
    int bytes = 0, before = -1;
    unsigned int i;

    while (bytes != before) {
        before = bytes;
        for (i = 0; i < 10; i++)
            assert_int_equal(whole_await_guests(&whole), 0);
        assert_int_equal(ioctl(client, FIONREAD, &bytes), 0);
    }
}

static void report(const char *what, int stop_ms, int longest_ms)
{
    int limit_ms = whole.start_ms > LIMIT_MS ? whole.start_ms : LIMIT_MS;

    print_message("%d consoles, served after %d ms; %s: mediatord stopped in "
                  "%d ms, the longest wait of a guest was %d ms (goal %d)\n",
                  GUESTS, whole.start_ms, what, stop_ms, longest_ms,
                  GOAL_MS);
    assert_in_range(longest_ms, 0, limit_ms);
}

/* B1, B2: by TCP a client that reads nothing would keep the net role for three
 * seconds.  Clients in dom0 are let go at once, so the role is stopped, too,
 * which takes longer still.  Guests do not wait for that. */
static void trust_orderly_restart_with_a_stopped_client(void **state)
{
    int client = whole_attach(&whole, 0), stop_ms;
    pid_t role = whole_net_role(&whole);

    (void)state;
    assert_true(client >= 0 && role > 0);
    await_full(client);
    whole_forget_longest(&whole);
    assert_int_equal(kill(role, SIGSTOP), 0);
    stop_ms = whole_stop_mediatord(&whole, PATIENCE_MS);
    assert_int_equal(whole_start_mediatord(&whole), 0);
    assert_int_equal(whole_await_guests(&whole), 0);
    report("a client and the net role stand still", stop_ms,
           whole_longest_but(&whole, NOBODY));
    finish();
    close(client);
}

/* B1: its own guest waits, its neighbours' do not for long. */
static void trust_orderly_restart_with_a_stopped_role(void **state)
{
    pid_t role = whole_uart_role(&whole, 0);
    int stop_ms;

    (void)state;
    assert_true(role > 0);
    assert_int_equal(whole_await_guests(&whole), 0);
    whole_forget_longest(&whole);
    assert_int_equal(kill(role, SIGSTOP), 0);
    stop_ms = whole_stop_mediatord(&whole, PATIENCE_MS);
    assert_int_equal(whole_start_mediatord(&whole), 0);
    assert_int_equal(whole_await_guests(&whole), 0);
    report("a uart role stands still", stop_ms,
           whole_longest_but(&whole, 0));
    print_message("that role's own guest waited %d ms\n",
                  whole_longest(&whole, 0));
    finish();
}

/* B3: xenstored answers nothing, from before the stop until behind the
 * start. */
static void trust_orderly_restart_with_a_silent_xenstored(void **state)
{
    int stop_ms;

    (void)state;
    assert_int_equal(whole_await_guests(&whole), 0);
    whole_forget_longest(&whole);
    fake_store_become(FAKE_STORE_SILENT);
    stop_ms = whole_stop_mediatord(&whole, SHORT_PATIENCE_MS);
    assert_int_equal(whole_start_mediatord(&whole), 0);
    assert_int_equal(whole_await_guests(&whole), 0);
    report("xenstored is silent", stop_ms,
           whole_longest_but(&whole, NOBODY));
    fake_store_become(FAKE_STORE_WORKS);
    finish();
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(trust_orderly_restart_with_a_stopped_client,
                           begin),
    cmocka_unit_test_setup(trust_orderly_restart_with_a_stopped_role, begin),
    cmocka_unit_test_setup(trust_orderly_restart_with_a_silent_xenstored,
                           begin),
};

int main(int argc, char **argv)
{
    int failures = unit_main(argc, argv, __FILE__, tests,
                             sizeof(tests) / sizeof(tests[0]));

    if (is_started && whole_end(&whole)) {
        fputs("# mediatord did not end as it must\n", stderr);
        failures++;
    }
    return failures;
}
