/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_supervisor.c - a supervisor's parts in the fuzzer's hands */
#define _GNU_SOURCE
#include "fuzz/fuzz_supervisor.h"

#include <ev.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz/fuzz_support.h"
#include "shared/limits.h"
#include "shared/log.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_break.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_request.h"
#include "supervisor/console/console_wire.h"
#include "supervisor/console/consoles.h"
#include "supervisor/host/domain_serial.h"
#include "supervisor/roles/nic_passthrough.h"

#define FILE_BYTES_MAX (1u << 21) /* the default history, and no more */
#define FIRST_PID 5000000         /* no process has such a number */

struct world world;
static struct config config = {
    .nic = "pci:0000:00:02.0", .iommu = "on", .address = "192.168.0.2/24",
    .address6 = "off", .uart_user = "nobody", .net_user = "nobody",
    .directory = ".",
};
static int last_pair[2];
static unsigned int descriptors;

/* ---- in the place of system calls ---- */

int fuzz_socketpair(int family, int type, int protocol, int *pair)
{
    int r = syscall(SYS_socketpair, family, type, protocol, pair);

    memcpy(last_pair, pair, sizeof(last_pair));
    return r;
}

/* role_process_start() has just made the link, and closes the role's end. */
pid_t fuzz_fork(void)
{
    unsigned int i;

    for (i = 0; i < WORLD_ROLES && world.roles[i].link >= 0; i++)
        ;
    if (i == WORLD_ROLES)
        return -1;
    world.roles[i] = (struct world_role){
        .link = fcntl(last_pair[1], F_DUPFD_CLOEXEC, 0),
    };
    return FIRST_PID + i;
}

int fuzz_kill(pid_t pid, int number)
{
    struct world_role *role = world.roles + (pid - FIRST_PID);

    claim(role >= world.roles && role < world.roles + WORLD_ROLES);
    claim(role->link >= 0);
    role->is_killed |= number == SIGKILL;
    role->is_told_to_stop |= number == SIGTERM;
    return 0;
}

/* ---- in the place of Xen, of Linux's ttys, and of the card ---- */

static struct domain domain(uint32_t domid)
{
    struct domain found = { .domid = domid, .is_hvm = true,
                            .has_isa_irqs = true };

    snprintf(found.name, sizeof(found.name), "g%u", domid);
    return found;
}

bool domains_has_ended(struct domains *domains, uint32_t domid,
                       const uint8_t *uuid)
{
    const struct domain there = domain(domid);

    (void)domains;
    return !world.has_domain || memcmp(uuid, there.uuid, sizeof(there.uuid));
}

int domains_find(struct domains *domains, const char *guest,
                 struct domain *found)
{
    (void)domains;
    if (guest[0] != 'g' || guest[1] < '0' || guest[1] > '4' || guest[2])
        return log_error("there is no domain \"%s\"", guest);
    *found = domain(guest[1] - '0');
    found->is_hvm = found->domid != 4;
    return 0;
}

bool domains_has_server(struct domains *domains, uint32_t domid,
                        uint32_t server)
{
    (void)domains;
    (void)domid;
    (void)server;
    return world.has_server;
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
    if (world.is_in_use)
        return log_error("in use by getty");
    snprintf(tty->name, sizeof(tty->name), "ttyS0");
    return 0;
}

void linux_tty_give_back(struct linux_tty *tty)
{
    tty->name[0] = '\0';
}

/* The input may name any file below /dev: none is opened. */
int console_wire_hold(struct console *console)
{
    return *console->options.wire && world.is_in_use
               ? log_error("in use by minicom") : 0;
}

void console_wire_let_go(struct console *console)
{
    (void)console;
}

void console_wire_init(struct console *console)
{
    (void)console;
}

void console_wire_lost(struct console *console)
{
    (void)console;
}

bool console_wire_is_same(const struct console *console,
                          const struct console *other)
{
    return *console->options.wire &&
           !strcmp(console->options.wire, other->options.wire);
}

bool nic_passthrough_is_wanted(const struct config *wanted)
{
    return !strncmp(wanted->nic, "pci:", 4);
}

int nic_passthrough_prepare(const struct config *wanted,
                            struct domains *domains,
                            struct holder_domain *holder,
                            struct iommu_facts *facts,
                            char *specification, size_t bytes)
{
    (void)domains;
    (void)holder;
    (void)facts;
    snprintf(specification, bytes, "%s", wanted->nic);
    return world.is_in_use ? log_error("in use") : 0;
}

int nic_passthrough_release(const struct config *wanted,
                            struct domains *domains)
{
    (void)wanted;
    (void)domains;
    return world.is_in_use ? log_error("in use") : 0;
}

/* ---- what the parts tell, as supervisor.c connects them ---- */

static void on_idle(void *owner)
{
    (void)owner;
}

static void on_net_ready(void *owner)
{
    (void)owner;
    consoles_net_ready(&world.consoles);
}

static void on_net_answered(void *owner, uint32_t console,
                            const char *problem)
{
    (void)owner;
    consoles_net_answered(&world.consoles, console, problem);
}

static void on_pty_removed(void *owner, uint32_t console)
{
    (void)owner;
    consoles_pty_removed(&world.consoles, console);
}

static void on_break_answered(void *owner, uint32_t number,
                              const char *problem)
{
    (void)owner;
    console_break_answered(&world.consoles, number, problem);
}

static void on_net_exited(void *owner)
{
    (void)owner;
    consoles_net_gone(&world.consoles);
}

static const struct console_list_events console_events = {
    .idle = on_idle, .role_exited = on_idle,
};

static const struct net_keeper_events net_events = {
    .ready = on_net_ready,
    .console_answered = on_net_answered,
    .pty_removed = on_pty_removed,
    .break_answered = on_break_answered,
    .exited = on_net_exited,
    .failed = on_idle,
};

/* ---- roles ---- */

static struct world_role *role_of(struct role_process *process)
{
    struct world_role *role;

    if (process->pid == 0)
        return NULL;
    role = &world.roles[process->pid - FIRST_PID];
    claim(role->link >= 0);
    role->process = process;
    return role;
}

struct world_role *world_role(unsigned int which)
{
    struct console *console;
    unsigned int count = 0;

    if (which == 0)
        return role_of(&world.net.process);
    console_list_for_each(console, &world.consoles)
        if (++count == which)
            return role_of(&console->uart);
    return NULL;
}

static void reap(struct world_role *role, int status)
{
    struct role_process *process = role->process;

    close(role->link);
    *role = (struct world_role){ .link = -1 };
    process->child_watcher.rstatus = status;
    ev_invoke(world.consoles.loop, &process->child_watcher, EV_CHILD);
}

void world_end_role(struct world_role *role)
{
    reap(role, role->is_killed ? SIGKILL : 0);
}

static void reap_killed(void)
{
    unsigned int which = 0;

    while (which <= CONSOLES_MAX) {
        struct world_role *role = world_role(which);

        if (role && role->is_killed) {
            world_end_role(role);
            which = 0; /* its console may be gone */
        } else {
            which++;
        }
    }
}

void world_turn(void)
{
    int turns;

    for (turns = 0; turns < 4; turns++)
        ev_run(world.consoles.loop, EVRUN_NOWAIT);
    reap_killed();
}

/* ---- time ---- */

static void expire(ev_timer *timer)
{
    if (!ev_is_active(timer))
        return;
    ev_timer_stop(world.consoles.loop, timer);
    ev_invoke(world.consoles.loop, timer, EV_TIMER);
}

void world_pass_time(void)
{
    struct console *console, *next;

    expire(&world.net.retry);
    expire(&world.consoles.net_retry);
    for (console = world.consoles.first; console; console = next) {
        next = console->next;
        expire(&console->retry);
    }
    for (console = world.consoles.first; console; console = next) {
        next = console->next;
        expire(&console->deadline);
    }
}

/* ---- the world of one input ---- */

static void on_served(void *opaque, const char *problem)
{
    (void)opaque;
    claim(!problem || *problem);
}

void world_serve(unsigned int guest, const char *options)
{
    struct domain found = domain(guest % WORLD_CONSOLES);

    console_serve(&world.consoles, &found, options, on_served, &world);
}

void world_check(void)
{
    const struct console *console, *other;

    claim(console_list_count(&world.consoles) <= CONSOLES_MAX);
    console_list_for_each(console, &world.consoles) {
        claim(console->state > CONSOLE_NEW && console->state < CONSOLE_STATES);
        claim(console->state != CONSOLE_IDLE ||
              !role_process_is_running(&console->uart));
        for (other = console->next; other; other = other->next) {
            claim(other->number != console->number);
            claim(strcmp(other->key, console->key));
            claim(other->options.tcp_port != console->options.tcp_port);
        }
    }
}

static void start_process(void)
{
    struct rlimit limit = { FILE_BYTES_MAX, FILE_BYTES_MAX };

    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    claim(!setrlimit(RLIMIT_FSIZE, &limit));
    mkdir("consoles", 0700);
    world.consoles.loop = ev_default_loop(0);
    silence_stderr();
}

void world_begin(bool has_card)
{
    static bool was_begun;
    unsigned int i;

    if (!was_begun)
        start_process();
    was_begun = true;
    /* libev makes its descriptors the first time. */
    ev_run(world.consoles.loop, EVRUN_NOWAIT);
    descriptors = open_descriptors();
    for (i = 0; i < WORLD_ROLES; i++)
        world.roles[i] = (struct world_role){ .link = -1 };
    world.has_domain = world.has_server = true;
    world.is_in_use = false;
    config.nic = has_card ? "pci:0000:00:02.0" : "none";
    world.net = (struct net_keeper){
        .loop = world.consoles.loop, .config = &config, .program = -1,
        .lock_fd = -1, .events = &net_events, .owner = &world,
    };
    world.consoles = (struct console_list){
        .loop = world.net.loop, .config = &config, .net = &world.net,
        .uart_program = -1, .lock_fd = -1, .events = &console_events,
        .owner = &world,
    };
    claim(!net_keeper_start(&world.net));
}

void world_end(void)
{
    struct world_role *role;
    struct console *console;
    unsigned int which;

    net_keeper_stop(&world.net);
    consoles_stop(&world.consoles);
    for (which = 0; which <= CONSOLES_MAX; which++)
        if ((role = world_role(which)))
            world_end_role(role);
    while ((console = world.consoles.first))
        console_remove(console);
    consoles_free(&world.consoles);
    ev_run(world.consoles.loop, EVRUN_NOWAIT);
    claim(open_descriptors() == descriptors);
}
