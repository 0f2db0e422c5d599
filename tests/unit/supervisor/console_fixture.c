/* SPDX-License-Identifier: BSD-2-Clause */
/* console_fixture.c - a supervisor's consoles, to test them with */
#define _GNU_SOURCE
#include "unit/supervisor/console_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/console/console_files.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_request.h"
#include "supervisor/console/console_state.h"
#include "supervisor/console/consoles.h"
#include "supervisor/host/domain_serial.h"

#include "unit/unit.h"

struct fixture_host fixture_host;
struct net_keeper fixture_net;
struct console_list fixture_consoles;
unsigned int fixture_idles, fixture_role_exits;
struct fixture_done fixture_done;

static char directory[] = "/tmp/console_fixture.XXXXXX";
static struct config config = { .nic = "netdev:eth1",
                                .directory = directory,
                                .uart_user = "nobody" };
static int wire_master; /* of the pty whose slave is fixture_host.wire */

#define HEARD_MAX 512
static struct role_message heard[HEARD_MAX]; /* what the net role was told */
static unsigned int heard_count, heard_first;

/* ---- in the place of Xen and of Linux's ttys ---- */

bool domains_has_ended(struct domains *domains, uint32_t domid,
                       const uint8_t *uuid)
{
    static const uint8_t its_uuid[DOMAIN_UUID_BYTES];

    (void)domains;
    (void)domid;
    return !fixture_host.has_domain ||
           memcmp(uuid, its_uuid, sizeof(its_uuid)) != 0;
}

bool domains_has_server(struct domains *domains, uint32_t domid,
                        uint32_t server)
{
    (void)domains;
    (void)domid;
    (void)server;
    return fixture_host.has_server;
}

bool domain_serial_number(uint16_t port, unsigned int *number)
{
    *number = 0;
    return port == 0x3f8;
}

int domain_serial_publish(struct domains *domains, uint32_t domid,
                          unsigned int number, const char *path)
{
    (void)domains;
    (void)domid;
    (void)number;
    (void)path;
    fixture_host.publications++;
    return 0;
}

void domain_serial_withdraw(struct domains *domains, uint32_t domid,
                            unsigned int number, const char *path)
{
    (void)domains;
    (void)domid;
    (void)number;
    (void)path;
}

int linux_tty_release(struct linux_tty *tty, uint16_t port)
{
    (void)port;
    if (fixture_host.tty_is_in_use)
        return log_error("in use by getty");
    snprintf(tty->name, sizeof(tty->name), "ttyS0");
    fixture_host.tty_is_taken = true;
    return 0;
}

void linux_tty_give_back(struct linux_tty *tty)
{
    if (*tty->name)
        fixture_host.tty_is_taken = false;
    tty->name[0] = '\0';
}

int linux_tty_check_free(const char *path)
{
    (void)path;
    return fixture_host.wire_is_in_use ? log_error("in use by minicom") : 0;
}

/* ---- in the place of the net role ---- */

int net_keeper_send(struct net_keeper *net,
                    const struct role_message *message, const int *fds,
                    unsigned int fd_count)
{
    unsigned int i;

    assert_ptr_equal(net, &fixture_net);
    assert_int_equal(fd_count, message->type == ROLE_ADD_CONSOLE ? 3 :
                               message->type == ROLE_ADD_LOCAL ? 1 : 0);
    for (i = 0; i < fd_count; i++)
        assert_true(fds[i] >= 0);
    assert_true(heard_count < HEARD_MAX);
    heard[heard_count++] = *message;
    return 0;
}

bool fixture_net_hears(struct role_message *message)
{
    if (heard_first == heard_count)
        return false;
    *message = heard[heard_first++];
    return true;
}

/* ---- the uart role ---- */

bool console_fixture_is_role(int argc, char **argv)
{
    struct pollfd link = { .fd = ROLE_LINK_FD, .events = POLLIN };
    struct role_message message = { .type = 0 };
    enum role_link_result result = ROLE_LINK_EMPTY;
    int fds[ROLE_LINK_FDS_MAX];

    if (argc < 1 || strcmp(argv[0], ROLE_UART_PROGRAM))
        return false;
    while (result != ROLE_LINK_CLOSED) {
        poll(&link, 1, -1);
        result = role_link_receive(ROLE_LINK_FD, &message, fds);
        if (result == ROLE_LINK_MESSAGE && message.type == ROLE_WIRE &&
            (write(fds[0], "w", 1) != 1 || close(fds[0])))
            return true;
        if (result == ROLE_LINK_MESSAGE && message.type == FIXTURE_PROVOKE)
            role_link_send_type(ROLE_LINK_FD, ROLE_SERVER_GONE);
        if (result == ROLE_LINK_MESSAGE && message.type == ROLE_PING)
            role_link_send_type(ROLE_LINK_FD, ROLE_PONG);
    }
    return true;
}

bool fixture_uart_says(struct console *console, enum role_message_type type,
                       uint32_t value)
{
    struct role_message message = { .type = type, .value = value };
    const struct role_process_rule *rule =
        role_process_rule(console->uart.kind, type, console->state);

    if (rule)
        rule->handle(&console->uart, &message);
    return rule != NULL;
}

void fixture_uart_dies(struct console *console)
{
    pid_t pid = console->uart.pid;

    assert_true(pid > 0);
    role_process_kill(&console->uart);
    /* The process is there until libev has reaped it, when the console may be
     * gone. */
    while (!kill(pid, 0))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
}

/* ---- the supervisor ---- */

static void on_idle(void *owner)
{
    assert_ptr_equal(owner, &fixture_consoles);
    fixture_idles++;
}

static void on_role_exited(void *owner)
{
    assert_ptr_equal(owner, &fixture_consoles);
    fixture_role_exits++;
}

static const struct console_list_events events = {
    .idle = on_idle,
    .role_exited = on_role_exited,
};

void fixture_on_done(void *opaque, const char *problem)
{
    struct fixture_done *done = opaque;

    done->count++;
    snprintf(done->problem, sizeof(done->problem), "%s",
             problem ? problem : "");
}

static int begin_wire(void)
{
    int slave;

    wire_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (wire_master < 0 || grantpt(wire_master) || unlockpt(wire_master) ||
        ptsname_r(wire_master, fixture_host.wire, sizeof(fixture_host.wire)))
        return -1;
    /* The master says that nobody has the slave open only once somebody has
     * had. */
    slave = open(fixture_host.wire, O_RDWR | O_NOCTTY);
    return slave < 0 ? -1 : close(slave);
}

int console_fixture_begin(void **state)
{
    char path[64];

    (void)state;
    fixture_host = (struct fixture_host){ .has_domain = true,
                                           .has_server = true };
    fixture_idles = fixture_role_exits = 0;
    /* A role inherits that.  Here it is sent messages, of which the signal
     * tells, before it has begun. */
    signal(SIGUSR1, SIG_IGN);
    fixture_done = (struct fixture_done){ 0 };
    strcpy(strchr(directory, '.'), ".XXXXXX");
    if (!mkdtemp(directory) || begin_wire())
        return -1;
    heard_count = heard_first = 0;
    fixture_net = (struct net_keeper){ .config = &config, .is_enabled = true,
                                       .is_ready = true };
    snprintf(path, sizeof(path), "%s/consoles", directory);
    fixture_consoles = (struct console_list){
        .loop = ev_default_loop(0),
        .config = &config,
        .net = &fixture_net,
        .uart_program = open("/proc/self/exe", O_PATH | O_CLOEXEC),
        .lock_fd = open("/dev/null", O_RDWR | O_CLOEXEC),
        .events = &events,
        .owner = &fixture_consoles,
    };
    return mkdir(path, 0700);
}

int console_fixture_end(void **state)
{
    char command[64];
    int rc = 0;

    (void)state;
    consoles_stop(&fixture_consoles);
    while (consoles_any_role_runs(&fixture_consoles))
        ev_run(fixture_consoles.loop, EVRUN_ONCE);
    consoles_free(&fixture_consoles);
    if (fixture_wire_is_held())
        rc = log_error("a wire was left open");
    close(wire_master);
    close(fixture_consoles.uart_program);
    close(fixture_consoles.lock_fd);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command) ? -1 : rc;
}

/* ---- the tests' words ---- */

int fixture_serve(const char *guest, const char *options)
{
    struct domain domain = { .domid = 5, .is_hvm = true };
    char text[256];

    snprintf(domain.name, sizeof(domain.name), "%s", guest);
    snprintf(text, sizeof(text), "history=4K;%s", options);
    return console_serve(&fixture_consoles, &domain, text,
                         fixture_on_done, &fixture_done);
}

struct console *fixture_add_idle(const char *guest, uint16_t tcp_port)
{
    struct console *console = console_new(&fixture_consoles);

    assert_non_null(console);
    snprintf(console->guest, sizeof(console->guest), "%s", guest);
    console_options_init(&console->options);
    console->options.tcp_port = tcp_port;
    console->options.history_bytes = 4096;
    assert_int_equal(console_name(console), 0);
    assert_int_equal(console_files_prepare(console), 0);
    console_list_add(console);
    assert_int_equal(console_enter(console, CONSOLE_IDLE), 0);
    console->is_kept = true;
    console->is_listening = true;
    return console;
}

bool fixture_wire_is_held(void)
{
    struct pollfd master = { .fd = wire_master };

    return poll(&master, 1, 0) == 0;
}

void fixture_fill_disk(void)
{
    char path[64], away[64];
    int fd;

    /* A file stands where the folder was, so that not even root can make
     * anything below it. */
    snprintf(path, sizeof(path), "%s/consoles", directory);
    snprintf(away, sizeof(away), "%s/consoles.away", directory);
    assert_int_equal(rename(path, away), 0);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}
