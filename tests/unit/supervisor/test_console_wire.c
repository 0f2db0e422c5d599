/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_console_wire.c - a tty of wire= that is pulled out, and one that is
 * there again (D11)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_request.h"
#include "supervisor/console/console_restore.h"
#include "supervisor/console/console_wire.h"
#include "supervisor/console/consoles.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

static char wire[PATH_MAX]; /* a link to the tty, as udev makes them */
static int master;

static void plug(void)
{
    char path[64];
    int slave;

    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0 && !grantpt(master) && !unlockpt(master));
    assert_int_equal(ptsname_r(master, path, sizeof(path)), 0);
    /* See begin_wire() of the fixture. */
    slave = open(path, O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    close(slave);
    assert_int_equal(symlink(path, wire), 0);
}

static void pull(void)
{
    unlink(wire);
    close(master);
}

static bool is_held(void)
{
    struct pollfd entry = { .fd = master };

    return poll(&entry, 1, 0) == 0;
}

static struct console *serve(void)
{
    struct console *console;
    char options[PATH_MAX + 64];

    snprintf(wire, sizeof(wire), "/dev/shm/test_console_wire.%d",
             (int)getpid());
    plug();
    snprintf(options, sizeof(options), "mode=virtual;tcp=1234;wire=%s", wire);
    assert_int_equal(fixture_serve("g1", options), 0);
    console = console_list_find(&fixture_consoles, "g1", NULL);
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, 7));
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    consoles_net_answered(&fixture_consoles, console->number, NULL);
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_true(is_held());
    return console;
}

static void lose(struct console *console)
{
    pull();
    assert_true(fixture_uart_says(console, ROLE_WIRE_LOST, 0));
    assert_int_equal(console->wire_fd, -1);
}

/* Runs the loop until the tty is held again. */
static void run_until_held(const struct console *console)
{
    while (console->wire_fd < 0)
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
}

static void assert_role_was_given_it(void)
{
    struct pollfd entry = { .fd = master, .events = POLLIN };
    char byte;

    assert_int_equal(poll(&entry, 1, 30000), 1);
    assert_int_equal(read(master, &byte, 1), 1);
    assert_int_equal(byte, 'w');
}

static void end(struct console *console)
{
    struct pollfd entry = { .fd = master };

    console_wire_let_go(console);
    /* The role may be just about to close its own. */
    assert_int_equal(poll(&entry, 1, 30000), 1);
    pull();
}

static void main_wire_that_is_there_again_is_given_to_the_role(void **state)
{
    struct console *console = serve();

    (void)state;
    lose(console);
    /* It says so again when it is started anew without the tty. */
    assert_true(fixture_uart_says(console, ROLE_WIRE_LOST, 0));
    plug();
    run_until_held(console);
    assert_true(is_held());
    assert_role_was_given_it();
    /* And once more. */
    lose(console);
    plug();
    run_until_held(console);
    assert_role_was_given_it();
    end(console);
}

static void main_wire_that_somebody_else_has_waits(void **state)
{
    struct console *console = serve();

    (void)state;
    lose(console);
    plug();
    fixture_host.wire_is_in_use = true;
    while (!strstr(log_last_error(), "in use by minicom"))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
    assert_int_equal(console->wire_fd, -1);
    assert_false(is_held());
    assert_true(ev_is_active(&console->wire_retry));
    fixture_host.wire_is_in_use = false;
    end(console);
    assert_false(ev_is_active(&console->wire_retry));
}

/* The role that is started meanwhile opens it by itself. */
static void main_wire_is_held_again_whether_or_not_a_role_runs(void **state)
{
    struct console *console = serve();

    (void)state;
    lose(console);
    console->is_uart_ready = false;
    plug();
    run_until_held(console);
    assert_true(is_held());
    end(console);
}

static void main_domain_that_ends_needs_no_wire(void **state)
{
    struct console *console = serve();

    (void)state;
    lose(console);
    fixture_host.has_domain = false;
    consoles_check_domains(&fixture_consoles);
    fixture_uart_dies(console);
    assert_int_equal(console->state, CONSOLE_IDLE);
    assert_false(ev_is_active(&console->wire_retry));
    /* A role that has fallen may say it again. */
    console_wire_lost(console);
    assert_false(ev_is_active(&console->wire_retry));
}

/* mediatord is started anew while the tty is away. */
static void main_next_mediatord_looks_for_a_wire_that_is_away(void **state)
{
    struct console *console = serve();

    (void)state;
    lose(console);
    consoles_stop(&fixture_consoles);
    while (consoles_any_role_runs(&fixture_consoles))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
    consoles_free(&fixture_consoles);
    fixture_consoles.is_stopping = false;
    assert_int_equal(console_restore_all(&fixture_consoles), 0);
    console = console_list_find(&fixture_consoles, "g1", NULL);
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    plug();
    run_until_held(console);
    assert_role_was_given_it();
    end(console);
}

#define console_wire_test(name) \
    cmocka_unit_test_setup_teardown(name, console_fixture_begin, \
                                    console_fixture_end)

static const struct CMUnitTest tests[] = {
    console_wire_test(main_wire_that_is_there_again_is_given_to_the_role),
    console_wire_test(main_wire_that_somebody_else_has_waits),
    console_wire_test(main_wire_is_held_again_whether_or_not_a_role_runs),
    console_wire_test(main_domain_that_ends_needs_no_wire),
    console_wire_test(main_next_mediatord_looks_for_a_wire_that_is_away),
};

int main(int argc, char **argv)
{
    if (console_fixture_is_role(argc, argv))
        return 0;
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
