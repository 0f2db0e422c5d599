/* SPDX-License-Identifier: BSD-2-Clause */
/* test_console_request.c - what a serve may change, and when it is refused */
#include "shared/limits.h"
#include "shared/log.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_request.h"
#include "unit/supervisor/console_fixture.h"

#include "unit/unit.h"

/* ---- the tests' words ---- */

/* What the net role was told since it was last asked for. */
struct told {
    unsigned int added, removed;
    uint16_t added_port;
};

static struct told net_was_told(void)
{
    struct told told = { 0 };
    struct role_message message;
    struct console_options options;

    while (fixture_net_hears(&message)) {
        if (message.type == ROLE_ADD_CONSOLE) {
            told.added++;
            console_options_init(&options);
            assert_int_equal(console_options_parse(&options, message.options),
                             0);
            told.added_port = options.tcp_port;
        } else {
            assert_int_equal(message.type, ROLE_REMOVE_CONSOLE);
            told.removed++;
        }
    }
    return told;
}

/* The console is as fixture_add_idle() made it, and the net role was told
 * nothing. */
static void assert_left_alone(const struct console *console,
                              uint16_t tcp_port)
{
    struct told told = net_was_told();

    assert_int_equal(console->state, CONSOLE_IDLE);
    assert_true(console->is_listening);
    assert_int_equal(console->options.tcp_port, tcp_port);
    assert_int_equal(told.removed, 0);
    assert_int_equal(told.added, 0);
    assert_false(role_process_is_running(&console->uart));
    assert_false(fixture_host.tty_is_taken);
    assert_false(fixture_wire_is_held());
}

/* ---- what is true ---- */

static void main_guests_reboot_while_there_are_64_consoles(void **state)
{
    unsigned int i;
    char guest[16];

    (void)state;
    for (i = 0; i < CONSOLES_MAX; i++) {
        snprintf(guest, sizeof(guest), "g%u", i);
        fixture_add_idle(guest, 2000 + i);
    }
    assert_int_equal(fixture_serve("g7", "mode=virtual;tcp=2007"), 0);
    assert_int_equal(fixture_serve("g99", "mode=virtual;tcp=2999"), -1);
    assert_non_null(strstr(log_last_error(), "64 consoles already"));
}

static void main_serve_moves_an_idle_console_to_its_new_port(void **state)
{
    struct console *console = fixture_add_idle("g1", 1234);
    struct told told;

    (void)state;
    assert_int_equal(fixture_serve("g1", "mode=passthrough;tcp=1235"), 0);
    assert_ptr_equal(fixture_consoles.first, console);
    assert_null(console->next);
    assert_int_equal(console->state, CONSOLE_STARTING);
    told = net_was_told();
    assert_int_equal(told.removed, 1);
    assert_int_equal(told.added, 1);
    assert_int_equal(told.added_port, 1235);
    assert_true(role_process_is_running(&console->uart));
    assert_true(fixture_host.tty_is_taken);
    assert_string_equal(console->tty.name, "ttyS0");
}

static void main_serve_hands_its_wire_to_the_idle_console(void **state)
{
    struct console *console = fixture_add_idle("g1", 1234);
    char options[128];

    (void)state;
    snprintf(options, sizeof(options), "mode=virtual;tcp=1234;wire=%s",
             fixture_host.wire);
    assert_int_equal(fixture_serve("g1", options), 0);
    assert_true(console->wire_fd >= 0);
    assert_true(fixture_wire_is_held());
    assert_int_equal(net_was_told().removed, 0);
}

static void main_console_listens_after_its_machine_port_was_refused(
    void **state)
{
    struct console *console = fixture_add_idle("g1", 1234);

    (void)state;
    fixture_host.tty_is_in_use = true;
    assert_int_equal(fixture_serve("g1", "mode=passthrough;tcp=1235"), -1);
    assert_string_equal(log_last_error(), "in use by getty");
    assert_left_alone(console, 1234);
}

static void main_console_listens_after_its_wire_was_refused(void **state)
{
    struct console *console = fixture_add_idle("g1", 1234);
    char options[128];

    (void)state;
    fixture_host.wire_is_in_use = true;
    snprintf(options, sizeof(options),
             "mode=virtual;access=ro;wire=%s;tcp=1234", fixture_host.wire);
    assert_int_equal(fixture_serve("g1", options), -1);
    assert_left_alone(console, 1234);
    assert_false(console->options.is_read_only);
}

static void main_console_listens_after_its_files_were_refused(void **state)
{
    struct console *console = fixture_add_idle("g1", 1234);

    (void)state;
    fixture_fill_disk();
    assert_int_equal(fixture_serve("g1", "mode=passthrough;tcp=1234;"
                                   "history=4M"), -1);
    assert_left_alone(console, 1234);
}

static void main_refused_serve_leaves_no_new_console(void **state)
{
    (void)state;
    fixture_fill_disk();
    assert_int_equal(fixture_serve("g1", "mode=passthrough;tcp=1234"), -1);
    assert_null(fixture_consoles.first);
    assert_false(fixture_host.tty_is_taken);
}

/* A guest with a virtual UART, whose uart role has started. */
static struct console *serve_one(void)
{
    struct console *console;

    assert_int_equal(fixture_serve("g1", "mode=virtual;tcp=1234"), 0);
    console = fixture_consoles.first;
    assert_true(fixture_uart_says(console, ROLE_SERVER_CREATED, 1));
    assert_true(fixture_uart_says(console, ROLE_READY, 0));
    console_net_answered(console, NULL);
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_int_equal(fixture_done.count, 1);
    return console;
}

/* As xl does it, for the domain that fixture_serve() serves. */
static int ensure_served(const char *guest, const char *options)
{
    struct domain domain = { .domid = 5, .is_hvm = true };

    snprintf(domain.name, sizeof(domain.name), "%s", guest);
    return console_ensure_served(&fixture_consoles, &domain, options,
                                 fixture_on_done, &fixture_done);
}

/* E1.  kexec in the guest: xl asks again for a domain that kept its ioreq
 * server, and has made its nodes anew. */
static void xl_soft_reset_leaves_its_console_as_it_is(void **state)
{
    struct console *console = serve_one();
    unsigned int publications = fixture_host.publications;
    pid_t pid = console->uart.pid;

    (void)state;
    assert_int_equal(ensure_served("g1", "mode=virtual;tcp=1234;history=4K"),
                     0);
    assert_int_equal(fixture_done.count, 2);
    assert_string_equal(fixture_done.problem, "");
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_int_equal(console->uart.pid, pid);
    assert_int_equal(fixture_host.publications, publications + 1);
    assert_null(console->next);
}

/* E1.  Also when xl rename has given the guest another name. */
static void xl_soft_reset_finds_the_console_of_a_renamed_guest(void **state)
{
    struct console *console = serve_one();

    (void)state;
    assert_int_equal(ensure_served("g2", "mode=virtual;tcp=1234"), 0);
    assert_int_equal(fixture_done.count, 2);
    assert_ptr_equal(fixture_consoles.first, console);
    assert_null(console->next);
}

/* E1.  "running" would not be true of other ports. */
static void xl_soft_reset_with_other_ports_is_refused(void **state)
{
    serve_one();

    (void)state;
    assert_int_equal(ensure_served("g1", "mode=virtual;ports=2f8-2ff;irq=3"),
                     -1);
    assert_non_null(strstr(log_last_error(), "port 3f8 and interrupt 4"));
    assert_int_equal(fixture_done.count, 1);
}

/* E1.  Some Xen has removed the server after all. */
static void xl_soft_reset_that_took_the_server_is_told(void **state)
{
    serve_one();

    (void)state;
    fixture_host.has_server = false;
    assert_int_equal(ensure_served("g1", "mode=virtual"), -1);
    assert_non_null(strstr(log_last_error(), "removed ioreq server 1"));
}

/* E6.  The first request is forgotten, its serve goes on for the second. */
static void xl_second_request_gets_the_end_of_the_serve_under_way(
    void **state)
{
    struct fixture_done other = { 0 };
    struct domain domain = { .domid = 5, .is_hvm = true, .name = "g1" };
    struct console *console;

    (void)state;
    assert_int_equal(ensure_served("g1", "mode=virtual;history=4K"), 0);
    console = fixture_consoles.first;
    assert_int_equal(console->state, CONSOLE_STARTING);
    /* Nobody takes the end of a serve from somebody who waits for it. */
    assert_int_equal(console_ensure_served(&fixture_consoles, &domain,
                                           "mode=virtual", fixture_on_done,
                                           &other), -1);
    console_forget_request(&fixture_consoles, &fixture_done);
    assert_int_equal(console_ensure_served(&fixture_consoles, &domain,
                                           "mode=virtual", fixture_on_done,
                                           &other), 0);
    assert_int_equal(other.count, 0);
    fixture_uart_says(console, ROLE_SERVER_CREATED, 1);
    fixture_uart_says(console, ROLE_READY, 0);
    console_net_answered(console, NULL);
    assert_int_equal(console->state, CONSOLE_SERVING);
    assert_int_equal(other.count, 1);
    assert_string_equal(other.problem, "");
    assert_int_equal(fixture_done.count, 0);
}

/* E9.  A new domain that got the old one's number is no soft reset. */
static void xl_domain_with_a_used_number_waits_for_its_predecessor(
    void **state)
{
    struct domain domain = { .domid = 5, .is_hvm = true, .name = "g1",
                             .uuid = { 1 } };
    struct console *console = serve_one();

    (void)state;
    fixture_host.has_domain = false;
    assert_int_equal(console_ensure_served(&fixture_consoles, &domain,
                                           "mode=virtual", fixture_on_done,
                                           &fixture_done), CONSOLE_BUSY);
    assert_int_equal(fixture_done.count, 1);
    assert_int_equal(console->state, CONSOLE_ENDING);
}

/* An operator who serves a console twice is told so, as ever. */
static void main_console_is_not_served_twice(void **state)
{
    serve_one();

    (void)state;
    assert_int_equal(fixture_serve("g1", "mode=virtual;tcp=1234"), -1);
    assert_non_null(strstr(log_last_error(), "is serving already"));
}

#define request_test(name) \
    cmocka_unit_test_setup_teardown(name, console_fixture_begin, \
                                    console_fixture_end)

static const struct CMUnitTest tests[] = {
    request_test(main_guests_reboot_while_there_are_64_consoles),
    request_test(main_serve_moves_an_idle_console_to_its_new_port),
    request_test(main_serve_hands_its_wire_to_the_idle_console),
    request_test(main_console_listens_after_its_machine_port_was_refused),
    request_test(main_console_listens_after_its_wire_was_refused),
    request_test(main_console_listens_after_its_files_were_refused),
    request_test(main_refused_serve_leaves_no_new_console),
    request_test(xl_soft_reset_leaves_its_console_as_it_is),
    request_test(xl_soft_reset_finds_the_console_of_a_renamed_guest),
    request_test(xl_soft_reset_with_other_ports_is_refused),
    request_test(xl_soft_reset_that_took_the_server_is_told),
    request_test(xl_second_request_gets_the_end_of_the_serve_under_way),
    request_test(xl_domain_with_a_used_number_waits_for_its_predecessor),
    request_test(main_console_is_not_served_twice),
};

int main(int argc, char **argv)
{
    if (console_fixture_is_role(argc, argv))
        return 0;
    return unit_main(argc, argv, __FILE__, tests,
                     sizeof(tests) / sizeof(tests[0]));
}
