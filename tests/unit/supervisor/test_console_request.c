/* SPDX-License-Identifier: BSD-2-Clause */
/* test_console_request.c - what a serve may change, and when it is refused */
#include <ev.h>
#include <stdlib.h>

#include "supervisor/console/console.h"
#include "supervisor/console/console_files.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_record.h"
#include "supervisor/console/console_wire.h"
#include "shared/limits.h"
#include "shared/log.h"
#include "supervisor/supervisor.h"

#include "unit/unit.h"

#define TTY_FD 7

static struct config config = { .nic = "netdev:eth1" };
static struct supervisor supervisor;

static bool tty_is_in_use, wire_is_in_use, disk_is_full;
static bool tty_is_taken;
static unsigned int held_wires; /* open descriptors of wires */
static unsigned int added, removed, roles;
static uint16_t added_port;

/* ---- what a serve asks of others ---- */

int linux_tty_release(struct linux_tty *tty, uint16_t port)
{
    (void)port;
    if (tty_is_in_use)
        return log_error("in use by getty");
    snprintf(tty->name, sizeof(tty->name), "ttyS0");
    tty_is_taken = true;
    return 0;
}

void linux_tty_give_back(struct linux_tty *tty)
{
    if (*tty->name)
        tty_is_taken = false;
    tty->name[0] = '\0';
}

int console_wire_hold(struct console *console)
{
    if (wire_is_in_use)
        return log_error("in use by minicom");
    if (*console->options.wire) {
        console->wire_fd = TTY_FD;
        held_wires++;
    }
    return 0;
}

void console_wire_let_go(struct console *console)
{
    held_wires -= console->wire_fd >= 0;
    console->wire_fd = -1;
}

bool console_wire_is_same(const struct console *console,
                          const struct console *other)
{
    (void)console;
    (void)other;
    return false;
}

int console_files_prepare(struct console *console)
{
    (void)console;
    return disk_is_full ? log_error("no space left") : 0;
}

void console_files_close(struct console *console)
{
    (void)console;
}

void console_files_remove(struct console *console)
{
    (void)console;
}

int console_record_save(const struct console *console)
{
    (void)console;
    return 0;
}

int net_keeper_add(struct net_keeper *net, struct console *console)
{
    (void)net;
    added++;
    added_port = console->options.tcp_port;
    return 0;
}

void net_keeper_remove(struct net_keeper *net, struct console *console)
{
    (void)net;
    (void)console;
    removed++;
}

void role_process_init(struct role_process *process, struct ev_loop *loop,
                       const struct role_process_kind *kind,
                       const char *label, void *owner)
{
    (void)loop;
    (void)label;
    process->kind = kind;
    process->owner = owner;
}

int role_process_start(struct role_process *process, int program, int lock_fd,
                       const char *const *arguments)
{
    (void)process;
    (void)program;
    (void)lock_fd;
    (void)arguments;
    roles++;
    return 0;
}

int role_process_send(struct role_process *process,
                      const struct role_message *message, const int *fds,
                      unsigned int fd_count)
{
    (void)process;
    (void)message;
    (void)fds;
    (void)fd_count;
    return 0;
}

bool role_process_is_running(const struct role_process *process)
{
    (void)process;
    return false;
}

void console_pty_publish(struct console *console)
{
    (void)console;
}

void console_pty_withdraw(struct console *console)
{
    (void)console;
}

void console_pty_progress(struct console *console)
{
    (void)console;
}

void console_pty_net_gone(struct console *console)
{
    (void)console;
}

void console_pty_close(struct console *console)
{
    (void)console;
}

void console_check_domains(struct supervisor *here)
{
    (void)here;
}

bool domains_get(struct domains *domains, uint32_t domid,
                 struct domain *domain)
{
    (void)domains;
    (void)domid;
    (void)domain;
    return true;
}

void supervisor_console_idle(struct supervisor *here)
{
    (void)here;
}

void supervisor_role_exited(struct supervisor *here)
{
    (void)here;
}

/* ---- the tests' words ---- */

/* One that listens, as its last domain left it. */
static struct console *add_idle(const char *guest, uint16_t tcp_port)
{
    struct console *console = console_new(&supervisor);

    assert_non_null(console);
    snprintf(console->guest, sizeof(console->guest), "%s", guest);
    console_options_init(&console->options);
    console->options.tcp_port = tcp_port;
    assert_int_equal(console_name(console), 0);
    console->is_kept = true;
    console->is_listening = true;
    console_list_add(console);
    return console;
}

static int serve(const char *guest, const char *options)
{
    struct domain domain = { .domid = 5, .is_hvm = true };

    snprintf(domain.name, sizeof(domain.name), "%s", guest);
    return console_serve(&supervisor, &domain, options, NULL, NULL);
}

/* As add_idle() made it: the net role was told nothing. */
static void assert_left_alone(const struct console *console,
                              uint16_t tcp_port)
{
    assert_int_equal(console->state, CONSOLE_IDLE);
    assert_true(console->is_listening);
    assert_int_equal(console->options.tcp_port, tcp_port);
    assert_int_equal(removed, 0);
    assert_int_equal(added, 0);
    assert_int_equal(roles, 0);
    assert_false(tty_is_taken);
    assert_int_equal(held_wires, 0);
}

static int begin(void **state)
{
    (void)state;
    supervisor = (struct supervisor){ .config = &config,
                                      .loop = ev_loop_new(0) };
    supervisor.net.is_ready = true;
    supervisor.net.is_enabled = true;
    tty_is_in_use = wire_is_in_use = disk_is_full = tty_is_taken = false;
    added = removed = roles = held_wires = 0;
    return 0;
}

static int finish(void **state)
{
    struct console *console;

    (void)state;
    while ((console = supervisor.consoles)) {
        supervisor.consoles = console->next;
        console_free(console);
    }
    ev_loop_destroy(supervisor.loop);
    return held_wires > 0;
}

/* ---- what is true ---- */

static void main_guests_reboot_while_there_are_64_consoles(void **state)
{
    unsigned int i;
    char guest[16];

    (void)state;
    for (i = 0; i < CONSOLES_MAX; i++) {
        snprintf(guest, sizeof(guest), "g%u", i);
        add_idle(guest, 2000 + i);
    }
    assert_int_equal(serve("g7", "mode=virtual;tcp=2007"), 0);
    assert_int_equal(serve("g99", "mode=virtual;tcp=2999"), -1);
    assert_non_null(strstr(log_last_error(), "64 consoles already"));
}

static void main_serve_moves_an_idle_console_to_its_new_port(void **state)
{
    struct console *console = add_idle("g1", 1234);

    (void)state;
    assert_int_equal(serve("g1", "mode=passthrough;tcp=1235"), 0);
    assert_ptr_equal(supervisor.consoles, console);
    assert_null(console->next);
    assert_int_equal(console->state, CONSOLE_STARTING);
    assert_int_equal(removed, 1);
    assert_int_equal(added, 1);
    assert_int_equal(added_port, 1235);
    assert_int_equal(roles, 1);
    assert_true(tty_is_taken);
    assert_string_equal(console->tty.name, "ttyS0");
}

static void main_serve_hands_its_wire_to_the_idle_console(void **state)
{
    struct console *console = add_idle("g1", 1234);

    (void)state;
    assert_int_equal(serve("g1", "mode=virtual;tcp=1234;wire=/dev/ttyUSB0"),
                     0);
    assert_int_equal(console->wire_fd, TTY_FD);
    assert_int_equal(held_wires, 1);
    assert_int_equal(removed, 0);
}

static void main_console_listens_after_its_machine_port_was_refused(
    void **state)
{
    struct console *console = add_idle("g1", 1234);

    (void)state;
    tty_is_in_use = true;
    assert_int_equal(serve("g1", "mode=passthrough;tcp=1235"), -1);
    assert_string_equal(log_last_error(), "in use by getty");
    assert_left_alone(console, 1234);
}

static void main_console_listens_after_its_wire_was_refused(void **state)
{
    struct console *console = add_idle("g1", 1234);

    (void)state;
    wire_is_in_use = true;
    assert_int_equal(serve("g1", "mode=virtual;access=ro;"
                           "wire=/dev/ttyUSB0;tcp=1234"), -1);
    assert_left_alone(console, 1234);
    assert_false(console->options.is_read_only);
}

static void main_console_listens_after_its_files_were_refused(void **state)
{
    struct console *console = add_idle("g1", 1234);

    (void)state;
    disk_is_full = true;
    assert_int_equal(serve("g1", "mode=passthrough;tcp=1234;history=4M"), -1);
    assert_left_alone(console, 1234);
}

static void main_refused_serve_leaves_no_new_console(void **state)
{
    (void)state;
    disk_is_full = true;
    assert_int_equal(serve("g1", "mode=passthrough;tcp=1234"), -1);
    assert_null(supervisor.consoles);
    assert_false(tty_is_taken);
}

#define request_test(name) cmocka_unit_test_setup_teardown(name, begin, finish)

static const struct CMUnitTest tests[] = {
    request_test(main_guests_reboot_while_there_are_64_consoles),
    request_test(main_serve_moves_an_idle_console_to_its_new_port),
    request_test(main_serve_hands_its_wire_to_the_idle_console),
    request_test(main_console_listens_after_its_machine_port_was_refused),
    request_test(main_console_listens_after_its_wire_was_refused),
    request_test(main_console_listens_after_its_files_were_refused),
    request_test(main_refused_serve_leaves_no_new_console),
};

UNIT_MAIN(tests)
