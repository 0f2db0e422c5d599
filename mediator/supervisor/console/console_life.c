/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_life.c - the life of a console: what happens to it, event by event
 *
 * Every event ends in console_progress(), which alone moves a console from
 * one state to the next.
 */
#include "supervisor/console/console.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "supervisor/console/console_files.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_record.h"
#include "supervisor/console/console_wire.h"
#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/supervisor.h"

#define RETRY_DELAY_MIN 0.01
#define RETRY_DELAY_MAX 5.0

const char *const console_state_names[] = {
    [CONSOLE_IDLE] = "idle",
    [CONSOLE_STARTING] = "starting",
    [CONSOLE_SERVING] = "serving",
    [CONSOLE_REMOVING] = "removing",
    [CONSOLE_ENDING] = "ending",
};

/* ---- the list ---- */

static uint32_t last_number;

static const struct role_process_kind uart_kind;
static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events);
static void on_deadline(struct ev_loop *loop, ev_timer *watcher, int events);

struct console *console_new(struct supervisor *supervisor)
{
    struct console *console = calloc(1, sizeof(*console));

    if (!console) {
        log_error("out of memory");
        return NULL;
    }
    console->supervisor = supervisor;
    console->number = ++last_number;
    console->server = ROLE_NO_SERVER;
    console->out = OUT_RING_CLOSED;
    console->in = IN_RING_CLOSED;
    console->pty = CONSOLE_PTY_CLOSED;
    console->wire_fd = -1;
    role_process_init(&console->uart, supervisor->loop, &uart_kind,
                      console->label, console);
    ev_timer_init(&console->retry, on_retry, 0., 0.);
    console->retry.data = console;
    ev_timer_init(&console->deadline, on_deadline, 0., 0.);
    console->deadline.data = console;
    return console;
}

void console_free(struct console *console)
{
    ev_timer_stop(console->supervisor->loop, &console->retry);
    ev_timer_stop(console->supervisor->loop, &console->deadline);
    console_pty_close(console);
    console_wire_let_go(console);
    console_files_close(console);
    free(console);
}

void console_list_add(struct console *console)
{
    struct console **place = &console->supervisor->consoles;

    while (*place)
        place = &(*place)->next;
    *place = console;
}

static void list_remove(struct console *console)
{
    struct console **place = &console->supervisor->consoles;

    while (*place != console)
        place = &(*place)->next;
    *place = console->next;
}

struct console *console_find(struct supervisor *supervisor, const char *guest,
                             const char *name)
{
    struct console *console;

    for (console = supervisor->consoles; console; console = console->next)
        if (!strcmp(console->guest, guest) &&
            (!name || !strcmp(console->options.name, name)))
            return console;
    return NULL;
}

int console_name(struct console *console)
{
    snprintf(console->label, sizeof(console->label), "%s/%s", console->guest,
             console->options.name);
    return console_key(console->key, console->guest, console->options.name);
}

void console_remove(struct console *console)
{
    net_keeper_remove(&console->supervisor->net, console);
    list_remove(console);
    console_files_remove(console);
    console_free(console);
}

struct console *console_by_number(struct supervisor *supervisor,
                                  uint32_t number)
{
    struct console *console = supervisor->consoles;

    while (console && console->number != number)
        console = console->next;
    return console;
}

/* ---- the uart role ---- */

int console_start_uart_role(struct console *console)
{
    const struct config *config = console->supervisor->config;
    char directory[PATH_MAX + 16], user[128], key[CONSOLE_KEY_BYTES + 16];
    char label[sizeof(console->label) + 16], domid[32], server[32], spin[32];
    char options[CONSOLE_OPTIONS_BYTES + 16];
    const char *arguments[] = {
        ROLE_UART_PROGRAM, directory, user, key, label, domid, server, spin,
        options,
        console->domain.has_isa_irqs ? NULL : "--no-irq", NULL,
    };

    snprintf(directory, sizeof(directory), "--directory=%s",
             config->directory);
    snprintf(user, sizeof(user), "--user=%s", config->uart_user);
    snprintf(key, sizeof(key), "--console=%s", console->key);
    snprintf(label, sizeof(label), "--label=%s", console->label);
    snprintf(domid, sizeof(domid), "--domid=%u", console->domain.domid);
    snprintf(server, sizeof(server), "--server=%u", console->server);
    snprintf(spin, sizeof(spin), "--spin=%u", console->supervisor->spins);
    strcpy(options, "--options=");
    console_options_format(&console->options, options + strlen(options));
    console->is_uart_ready = false;
    return role_process_start(&console->uart,
                              console->supervisor->uart_program,
                              console->supervisor->lock_fd, arguments);
}

void console_set_deadline(struct console *console, double seconds)
{
    struct ev_loop *loop = console->supervisor->loop;

    ev_timer_stop(loop, &console->deadline);
    if (seconds > 0) {
        ev_timer_set(&console->deadline, seconds, 0.);
        ev_timer_start(loop, &console->deadline);
    }
}

static void retry_later(struct console *console)
{
    double delay = 0.;

    /* At once, unless it dies before it is ready. */
    if (console->failures > 1) {
        unsigned int doublings = console->failures - 2;

        delay = RETRY_DELAY_MIN * (1u << (doublings < 10 ? doublings : 10));
        if (delay > RETRY_DELAY_MAX)
            delay = RETRY_DELAY_MAX;
    }
    ev_timer_set(&console->retry, delay, 0.);
    ev_timer_start(console->supervisor->loop, &console->retry);
}

static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct console *console = watcher->data;

    (void)loop;
    (void)events;
    if (console_start_uart_role(console))
        retry_later(console);
}

/* ---- a request's end ---- */

static void set_problem(struct console *console, const char *problem)
{
    /* The first one is the cause. */
    if (!*console->problem)
        snprintf(console->problem, sizeof(console->problem), "%s", problem);
}

static void tell_done(struct console *console)
{
    console_done *done = console->done;
    char problem[sizeof(console->problem)];

    memcpy(problem, console->problem, sizeof(problem));
    console->done = NULL;
    console->problem[0] = '\0';
    if (done)
        done(console->done_opaque, *problem ? problem : NULL);
}

void console_leave_domain(struct console *console)
{
    linux_tty_give_back(&console->tty);
    console_pty_withdraw(console);
    console_wire_let_go(console);
    console->state = CONSOLE_IDLE;
    console->server = ROLE_NO_SERVER;
    console->failures = 0;
    console_set_deadline(console, 0);
    ev_timer_stop(console->supervisor->loop, &console->retry);
}

void console_begin_removal(struct console *console, const char *problem)
{
    struct role_message message = { .type = ROLE_REMOVE_SERVER };

    if (problem)
        set_problem(console, problem);
    console->state = CONSOLE_REMOVING;
    console_set_deadline(console, CONSOLE_DEADLINE_SECONDS);
    if (console->is_uart_ready)
        role_process_send(&console->uart, &message, NULL, 0);
    console_progress(console);
}

/* The server is gone from a living domain. */
static void on_removed(struct console *console)
{
    struct supervisor *supervisor = console->supervisor;

    console_leave_domain(console);
    if (console->is_kept)
        console_record_save(console);
    log_info("console %s %s", console->label,
             console->is_kept ? "is served no more; history and port stay"
                              : "removed");
    tell_done(console);
    if (!console->is_kept)
        console_remove(console);
    supervisor_console_idle(supervisor);
}

static void warn_if_open_to_all(const struct console *console)
{
    const struct console_options *options = &console->options;

    if (!options->is_read_only && !*options->allow &&
        console->supervisor->net.is_enabled)
        log_warning("console %s can be typed into by anyone who reaches TCP "
                    "port "
                    "%u; name who may with allow=ADDRESS/BITS, or write "
                    "access=ro",
                    console->label, options->tcp_port);
}

void console_progress(struct console *console)
{
    bool is_running = role_process_is_running(&console->uart);
    bool is_listening = console->is_listening ||
                        !console->supervisor->net.is_ready;

    switch (console->state) {
    case CONSOLE_STARTING:
        if (console->is_uart_ready && is_listening) {
            console->state = CONSOLE_SERVING;
            console_set_deadline(console, 0);
            console_record_save(console);
            console_pty_publish(console);
            log_info("console %s: domain %u is served, TCP port %u",
                     console->label, console->domain.domid,
                     console->options.tcp_port);
            warn_if_open_to_all(console);
            tell_done(console);
        }
        break;
    case CONSOLE_REMOVING:
        if (!is_running && console->server == ROLE_NO_SERVER)
            on_removed(console);
        break;
    case CONSOLE_ENDING:
        if (!is_running) {
            console_leave_domain(console);
            console_record_save(console);
            log_info("console %s: its domain ended; history and port stay",
                     console->label);
            supervisor_console_idle(console->supervisor);
        }
        break;
    case CONSOLE_IDLE:
    case CONSOLE_SERVING:
        break;
    }
}

static void on_deadline(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct console *console = watcher->data;

    (void)loop;
    (void)events;
    if (console->state == CONSOLE_STARTING) {
        log_error("console %s: no answer from its uart role in %.0f s",
                  console->label, CONSOLE_START_SECONDS);
        console_begin_removal(console, log_last_error());
        return;
    }
    /* REMOVING or ENDING: it does not even leave. */
    log_warning("console %s: its uart role does not stop; killed",
                console->label);
    console->server = ROLE_NO_SERVER;
    if (role_process_is_running(&console->uart))
        kill(console->uart.pid, SIGKILL);
    console_progress(console);
}

/* ---- what the uart role says ---- */

static void on_server_created(struct role_process *process,
                              const struct role_message *message)
{
    struct console *console = process->owner;
    struct role_message answer = { .type = ROLE_ANSWER };

    console->server = message->value;
    /* On disk before the role goes on: a server that nobody remembers could
     * never be adopted. */
    if (console_record_save(console))
        console_begin_removal(console, log_last_error());
    else
        role_process_send(&console->uart, &answer, NULL, 0);
}

static void on_ready(struct role_process *process,
                     const struct role_message *message)
{
    struct console *console = process->owner;
    struct role_message remove = { .type = ROLE_REMOVE_SERVER };

    (void)message;
    console->is_uart_ready = true;
    console->failures = 0;
    /* It died while it removed the server, and must finish that. */
    if (console->state == CONSOLE_REMOVING)
        role_process_send(&console->uart, &remove, NULL, 0);
    console_progress(console);
}

static void on_server_gone(struct role_process *process,
                           const struct role_message *message)
{
    struct console *console = process->owner;

    (void)message;
    console->server = ROLE_NO_SERVER;
}

static void on_failed(struct role_process *process,
                      const struct role_message *message)
{
    struct console *console = process->owner;

    if (console->state == CONSOLE_STARTING)
        set_problem(console, message->text);
}

static void on_warning(struct role_process *process,
                       const struct role_message *message)
{
    struct console *console = process->owner;

    log_warning("console %s: %s", console->label, message->text);
}

/* The states in which a uart role may run.  It can have sent what it says
 * when it did not know yet that the console is in a new one. */
#define UART_RUNS \
    (1u << CONSOLE_STARTING | 1u << CONSOLE_SERVING | \
     1u << CONSOLE_REMOVING | 1u << CONSOLE_ENDING)

static const struct role_process_rule uart_rules[] = {
    /* Its first start may be cut short by a removal or by the domain's end,
     * and may be that of a mediatord before, which is why the console can be
     * served already. */
    { ROLE_SERVER_CREATED, UART_RUNS, on_server_created },
    { ROLE_READY, UART_RUNS, on_ready },
    { ROLE_FAILED, UART_RUNS, on_failed },
    { ROLE_WARNING, UART_RUNS, on_warning },
    /* An answer, which is asked for in this state only, and the console does
     * not leave it before the role is gone. */
    { ROLE_SERVER_GONE, 1u << CONSOLE_REMOVING, on_server_gone },
};

static unsigned int uart_state(const struct role_process *process)
{
    const struct console *console = process->owner;

    return console->state;
}

bool console_is_domain_alive(const struct console *console)
{
    struct domain domain;

    return domains_get(console->supervisor->domains, console->domain.domid,
                       &domain) &&
           !domain.is_dying &&
           !memcmp(domain.uuid, console->domain.uuid, sizeof(domain.uuid));
}

/* Serving, and nobody asked it to go. */
static void on_uart_lost(struct console *console, int wait_status)
{
    if (!console_is_domain_alive(console)) {
        console->state = CONSOLE_ENDING;
        return;
    }
    console->restarts++;
    console->failures++;
    if (WIFSIGNALED(wait_status))
        log_warning("console %s: its uart role was ended by signal %d; "
                    "starting "
                    "it again",
                    console->label, WTERMSIG(wait_status));
    else
        log_warning("console %s: its uart role ended with status %d; starting "
                    "it "
                    "again",
                    console->label, WEXITSTATUS(wait_status));
    retry_later(console);
}

static void on_uart_exited(struct role_process *process, int wait_status)
{
    struct console *console = process->owner;
    struct supervisor *supervisor = console->supervisor;

    console->is_uart_ready = false;
    if (supervisor->is_stopping) {
        supervisor_role_exited(supervisor);
        return;
    }
    switch (console->state) {
    case CONSOLE_STARTING:
        /* It takes its server with it when it cannot start. */
        set_problem(console, "the uart role ended while starting; see "
                    "mediatord's log");
        console->server = ROLE_NO_SERVER;
        console_begin_removal(console, NULL);
        return;
    case CONSOLE_SERVING:
        on_uart_lost(console, wait_status);
        break;
    case CONSOLE_REMOVING:
        if (!console_is_domain_alive(console))
            console->server = ROLE_NO_SERVER;
        else if (console->server != ROLE_NO_SERVER)
            on_uart_lost(console, wait_status);
        break;
    case CONSOLE_IDLE:
    case CONSOLE_ENDING:
        break;
    }
    console_progress(console);
}

static const struct role_process_kind uart_kind = {
    .role = "uart role",
    .rules = uart_rules,
    .rule_count = sizeof(uart_rules) / sizeof(uart_rules[0]),
    .state = uart_state,
    .state_names = console_state_names,
    .exited = on_uart_exited,
};

/* ---- the network ---- */

bool console_is_on_network(const struct console *console)
{
    return console->state != CONSOLE_REMOVING || console->is_kept;
}

void console_net_answered(struct console *console, const char *problem)
{
    console->is_listening = !problem;
    if (problem)
        console_pty_net_gone(console);
    console_pty_progress(console);
    if (problem && console->state == CONSOLE_STARTING)
        console_begin_removal(console, problem);
    else if (problem)
        log_warning("console %s is not on the network: %s", console->label,
                    problem);
    else
        console_progress(console);
}

