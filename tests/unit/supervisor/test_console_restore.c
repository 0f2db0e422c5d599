/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_console_restore.c - mediatord begins, and something is missing: what
 * can be had is served, and the rest is tried again
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/limits.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_restore.h"
#include "supervisor/console/consoles.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

#define SERVER 7

/* ---- the tests' words ---- */

static struct config config;

/* mediator.cfg names so many consoles, of guests g0, g1 ... */
static void configure(unsigned int count)
{
    unsigned int i;

    config = *fixture_consoles.config;
    config.consoles = calloc(count, sizeof(config.consoles[0]));
    assert_non_null(config.consoles);
    config.console_count = count;
    for (i = 0; i < count; i++) {
        struct config_console *wanted = &config.consoles[i];

        snprintf(wanted->guest, sizeof(wanted->guest), "g%u", i);
        console_options_init(&wanted->options);
        wanted->options.tcp_port = 2000 + i;
        wanted->options.history_bytes = 4096;
    }
    fixture_consoles.config = &config;
}

static int finish(void **state)
{
    int rc = console_fixture_end(state);

    free(config.consoles);
    config.consoles = NULL;
    return rc;
}

static void path_of(char path[PATH_MAX], const char *key, const char *file)
{
    assert_int_equal(console_path(path, fixture_consoles.config->directory,
                                  key, file), 0);
}

static void serve_to_the_end(const char *guest)
{
    struct console *console;

    assert_int_equal(fixture_serve(guest, "mode=virtual;tcp=1234"), 0);
    console = console_list_find(&fixture_consoles, guest, NULL);
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, SERVER));
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    consoles_net_answered(&fixture_consoles, console->number, NULL);
    assert_int_equal(console->state, CONSOLE_SERVING);
}

static void stop(void)
{
    consoles_stop(&fixture_consoles);
    while (consoles_any_role_runs(&fixture_consoles))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
    consoles_free(&fixture_consoles);
    fixture_consoles.is_stopping = false;
}

static void wait_for_role(const struct console *console)
{
    while (!role_process_is_running(&console->uart))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
}

/* How often the net role was told to listen since it was last asked for. */
static unsigned int times_added(void)
{
    struct role_message message;
    unsigned int count = 0;

    while (fixture_net_hears(&message))
        count += message.type == ROLE_ADD_CONSOLE;
    return count;
}

/* ---- what is true ---- */

/* B7. */
static void trust_served_console_without_files_gets_its_role_later(
    void **state)
{
    char out[PATH_MAX];
    struct console *console;

    (void)state;
    serve_to_the_end("g1");
    path_of(out, fixture_consoles.first->key, "out");
    stop();
    /* Not even root can write a file over a folder. */
    assert_int_equal(unlink(out), 0);
    assert_int_equal(mkdir(out, 0700), 0);
    assert_int_equal(console_restore_all(&fixture_consoles), 0);
    console = fixture_consoles.first;
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_int_equal(console->server, SERVER);
    assert_false(role_process_is_running(&console->uart));
    assert_true(ev_is_active(&console->retry));
    assert_int_equal(rmdir(out), 0);
    wait_for_role(console);
}

/* B7.  There are no descriptors for a role's link. */
static void trust_role_that_cannot_be_started_is_started_later(void **state)
{
    struct console *console;
    struct rlimit before, none;

    (void)state;
    serve_to_the_end("g1");
    console = fixture_consoles.first;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){ .rlim_cur = 3, .rlim_max = before.rlim_max };
    fixture_uart_dies(console);
    ev_timer_stop(fixture_consoles.loop, &console->retry);
    assert_false(role_process_is_running(&console->uart));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    console_keep_uart_role(console);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(role_process_is_running(&console->uart));
    assert_int_equal(console->delay.failures, 2);
    wait_for_role(console);
}

/* B7, B10.  The console of mediator.cfg has no folder. */
static void trust_configured_console_without_files_listens_later(void **state)
{
    char folder[PATH_MAX], command[2 * PATH_MAX + 64];

    (void)state;
    configure(2);
    assert_int_equal(console_restore_all(&fixture_consoles), 0);
    path_of(folder, fixture_consoles.first->key, "");
    stop();
    /* A file stands in its place. */
    snprintf(command, sizeof(command), "rm -r '%s' && : >'%s'", folder,
             folder);
    assert_int_equal(system(command), 0);

    assert_int_equal(console_restore_all(&fixture_consoles), 0);
    assert_int_equal(console_list_count(&fixture_consoles), 2);
    consoles_net_ready(&fixture_consoles);
    assert_int_equal(times_added(), 1);
    assert_true(ev_is_active(&fixture_consoles.net_retry));
    assert_int_equal(unlink(folder), 0);
    ev_invoke(fixture_consoles.loop, &fixture_consoles.net_retry, EV_TIMER);
    assert_int_equal(times_added(), 1);
}

/* B10. */
static void trust_console_that_could_not_listen_is_tried_again(void **state)
{
    struct ev_loop *loop = fixture_consoles.loop;
    struct console *console = fixture_add_idle("g1", 1234);

    (void)state;
    consoles_net_ready(&fixture_consoles);
    assert_int_equal(times_added(), 1);
    consoles_net_answered(&fixture_consoles, console->number, "no room");
    assert_false(console->is_listening);
    assert_true(ev_is_active(&fixture_consoles.net_retry));
    ev_timer_stop(loop, &fixture_consoles.net_retry);
    ev_invoke(loop, &fixture_consoles.net_retry, EV_TIMER);
    assert_int_equal(times_added(), 1);
    /* It has not answered yet. */
    ev_invoke(loop, &fixture_consoles.net_retry, EV_TIMER);
    assert_int_equal(times_added(), 0);
    consoles_net_answered(&fixture_consoles, console->number, NULL);
    assert_true(console->is_listening);
    assert_false(ev_is_active(&fixture_consoles.net_retry));
    /* The next net role has none of them. */
    consoles_net_gone(&fixture_consoles);
    assert_false(console->is_listening);
    consoles_net_ready(&fixture_consoles);
    assert_int_equal(times_added(), 1);
}

/* B10. */
static void trust_configured_consoles_keep_to_the_limit(void **state)
{
    (void)state;
    fixture_add_idle("other", 1999);
    configure(CONSOLES_MAX + 1);
    assert_int_equal(console_restore_all(&fixture_consoles), 0);
    assert_int_equal(console_list_count(&fixture_consoles), CONSOLES_MAX);
}

/* B3.  The uart role does not wait for xenstore. */
static void trust_guest_is_served_before_xenstore_is_asked(void **state)
{
    (void)state;
    serve_to_the_end("g1");
    stop();
    fixture_host.publications = 0;
    fixture_consoles.is_early = true;
    assert_int_equal(console_restore_all(&fixture_consoles), 0);
    fixture_consoles.is_early = false;
    assert_true(role_process_is_running(&fixture_consoles.first->uart));
    assert_int_equal(fixture_host.publications, 0);
    consoles_publish(&fixture_consoles);
    assert_int_equal(fixture_host.publications, 1);
    assert_true(fixture_consoles.first->pty.is_published);
}

#define restore_test(name) \
    cmocka_unit_test_setup_teardown(name, console_fixture_begin, finish)

static const struct CMUnitTest tests[] = {
    restore_test(trust_served_console_without_files_gets_its_role_later),
    restore_test(trust_role_that_cannot_be_started_is_started_later),
    restore_test(trust_configured_console_without_files_listens_later),
    restore_test(trust_console_that_could_not_listen_is_tried_again),
    restore_test(trust_guest_is_served_before_xenstore_is_asked),
    restore_test(trust_configured_consoles_keep_to_the_limit),
};

int main(int argc, char **argv)
{
    if (console_fixture_is_role(argc, argv))
        return 0;
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
