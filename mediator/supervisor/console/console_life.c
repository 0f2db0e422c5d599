/* SPDX-License-Identifier: BSD-2-Clause */
/* console_life.c - a console's life: what happens to it, event by event */
#include "supervisor/console/console_life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console_files.h"
#include "supervisor/console/console_interrupts.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_network.h"
#include "supervisor/console/console_pty.h"
#include "supervisor/console/console_record.h"
#include "supervisor/console/console_state.h"
#include "supervisor/console/console_wire.h"
#include "supervisor/roles/net_keeper.h"

/* ---- made and removed ---- */

static const struct role_process_kind uart_kind;
static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events);
static void on_deadline(struct ev_loop *loop, ev_timer *watcher, int events);

struct console *console_new(struct console_list *list)
{
    struct console *console = calloc(1, sizeof(*console));

    if (!console) {
        log_error("out of memory");
        return NULL;
    }
    console->list = list;
    console->number = ++list->last_number;
    console->state = CONSOLE_NEW;
    console->server = ROLE_NO_SERVER;
    console->out = OUT_RING_CLOSED;
    console->in = IN_RING_CLOSED;
    console->pty = CONSOLE_PTY_CLOSED;
    console_wire_init(console);
    /* A vCPU may be waiting. */
    console->delay = (struct restart_delay){ .first = 0., .second = 0.01 };
    role_process_init(&console->uart, list->loop, &uart_kind,
                      console->label, console);
    ev_timer_init(&console->retry, on_retry, 0., 0.);
    console->retry.data = console;
    ev_timer_init(&console->deadline, on_deadline, 0., 0.);
    console->deadline.data = console;
    return console;
}

void console_free(struct console *console)
{
    ev_timer_stop(console->list->loop, &console->retry);
    ev_timer_stop(console->list->loop, &console->deadline);
    console_pty_close(console);
    console_wire_let_go(console);
    console_files_close(console);
    free(console);
}

int console_name(struct console *console)
{
    snprintf(console->label, sizeof(console->label), "%s/%s", console->guest,
             console->options.name);
    return console_key(console->key, console->guest, console->options.name);
}

void console_remove(struct console *console)
{
    console_network_remove(console);
    console_list_remove(console);
    console_files_remove(console);
    console_free(console);
}

/* ---- the uart role ---- */

int console_start_uart_role(struct console *console)
{
    const struct config *config = console->list->config;
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
    snprintf(spin, sizeof(spin), "--spin=%u", console->list->spins);
    strcpy(options, "--options=");
    console_options_format(&console->options, options + strlen(options));
    console->is_uart_ready = false;
    return role_process_start(&console->uart, console->list->uart_program,
                              console->list->lock_fd, arguments);
}

/* The role died, or could not be started. */
static void retry_later(struct console *console)
{
    ev_timer_set(&console->retry,
                 restart_delay_after_failure(&console->delay), 0.);
    ev_timer_start(console->list->loop, &console->retry);
}

void console_keep_uart_role(struct console *console)
{
    int rc = console->has_files ? 0 : console_files_prepare(console);

    if (!rc)
        rc = console_interrupts_prepare(console, false);
    if (!rc)
        rc = console_start_uart_role(console);
    if (rc)
        retry_later(console);
}

static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)events;
    console_keep_uart_role(watcher->data);
}

/* ---- a request's end ---- */

static void set_problem(struct console *console, const char *problem)
{
    /* The first problem is the cause of those that follow. */
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

void console_begin_removal(struct console *console, const char *problem)
{
    if (problem)
        set_problem(console, problem);
    if (console->state != CONSOLE_REMOVING)
        console_enter(console, CONSOLE_REMOVING);
    console_progress(console);
}

/* The server is gone from a living domain. */
static void finish_removal(struct console *console)
{
    struct console_list *list = console->list;

    console_enter(console, CONSOLE_IDLE);
    if (!console->is_kept)
        log_info("console %s removed", console->label);
    tell_done(console);
    if (!console->is_kept)
        console_remove(console);
    list->events->idle(list->owner);
}

void console_progress(struct console *console)
{
    struct console_list *list = console->list;
    bool is_running = role_process_is_running(&console->uart);
    bool is_listening = console->is_listening || !list->net->is_ready;

    switch (console->state) {
    case CONSOLE_STARTING:
        if (console->is_uart_ready && is_listening) {
            console_enter(console, CONSOLE_SERVING);
            tell_done(console);
        }
        break;
    case CONSOLE_REMOVING:
        if (!is_running && console->server == ROLE_NO_SERVER)
            finish_removal(console);
        break;
    case CONSOLE_ENDING:
        if (!is_running) {
            console_enter(console, CONSOLE_IDLE);
            list->events->idle(list->owner);
        }
        break;
    case CONSOLE_NEW:
    case CONSOLE_IDLE:
    case CONSOLE_SERVING:
    case CONSOLE_STATES:
        break;
    }
}

/* A server that is forgotten would never answer its guest again.  So the
 * console keeps it, a successor of the role removes it, and whoever waits
 * hears how things are. */
static void go_on_removing(struct console *console)
{
    if (!console_is_domain_alive(console)) {
        console->server = ROLE_NO_SERVER;
        return;
    }
    log_error("console %s: its ioreq server is not removed after %.0f s; "
              "mediatord goes on trying", console->label,
              CONSOLE_DEADLINE_SECONDS);
    set_problem(console, log_last_error());
    tell_done(console);
    ev_timer_set(&console->deadline, CONSOLE_DEADLINE_SECONDS, 0.);
    ev_timer_start(console->list->loop, &console->deadline);
}

static void on_deadline(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct console *console = watcher->data;

    (void)loop;
    (void)events;
    if (console->state == CONSOLE_STARTING) {
        log_error("console %s: no answer from its uart role in %.0f s",
                  console->label, CONSOLE_START_SECONDS);
        role_process_kill(&console->uart);
        console_begin_removal(console, log_last_error());
        return;
    }
    if (role_process_is_running(&console->uart)) {
        log_warning("console %s: its uart role does not stop; killed",
                    console->label);
        role_process_kill(&console->uart);
    }
    if (console->state == CONSOLE_REMOVING)
        go_on_removing(console);
    console_progress(console);
}

/* ---- what the uart role says ---- */

static void on_server_created(struct role_process *process,
                              const struct role_message *message)
{
    struct console *console = process->owner;
    struct role_message answer = { .type = ROLE_ANSWER };
    int rc;

    console->server = message->value;
    /* The record is on disk before the role goes on: a server that nobody
     * remembers could never be adopted.  A role that is told to stop instead
     * destroys it. */
    rc = console_record_save(console);
    if (rc)
        answer.type = ROLE_STOP;
    role_process_send(&console->uart, &answer, NULL, 0);
    if (rc && console->state != CONSOLE_ENDING)
        console_begin_removal(console, log_last_error());
}

static void on_ready(struct role_process *process,
                     const struct role_message *message)
{
    struct console *console = process->owner;
    struct role_message remove = { .type = ROLE_REMOVE_SERVER };

    role_process_note_pong(process, message);
    console->is_uart_ready = true;
    restart_delay_note_ready(&console->delay);
    /* The role died while it removed the server: its successor is to finish
     * that. */
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
        set_problem(console, role_message_reason(message));
}

static void on_wire_lost(struct role_process *process,
                         const struct role_message *message)
{
    (void)message;
    console_wire_lost(process->owner);
}

static void on_warning(struct role_process *process,
                       const struct role_message *message)
{
    struct console *console = process->owner;

    log_warning("console %s: %s", console->label, message->text);
}

/* The states in which a uart role may run.  Its console can have entered a new
 * one while a message was under way. */
#define UART_RUNS \
    (1u << CONSOLE_STARTING | 1u << CONSOLE_SERVING | \
     1u << CONSOLE_REMOVING | 1u << CONSOLE_ENDING)

static const struct role_process_rule uart_rules[] = {
    /* A removal, or the end of the domain, can cut the role's first start
     * short.  The console counts as served already when the mediatord that
     * began to serve it died before there was a server. */
    { ROLE_SERVER_CREATED, UART_RUNS, on_server_created },
    { ROLE_READY, UART_RUNS, on_ready },
    { ROLE_FAILED, UART_RUNS, on_failed },
    { ROLE_WIRE_LOST, UART_RUNS, on_wire_lost },
    { ROLE_WARNING, UART_RUNS, on_warning },
    { ROLE_PONG, UART_RUNS, role_process_note_pong },
    /* This answers ROLE_REMOVE_SERVER, which is sent in this state only, and
     * the console does not leave it before the role is gone. */
    { ROLE_SERVER_GONE, 1u << CONSOLE_REMOVING, on_server_gone },
};

static unsigned int uart_state(const struct role_process *process)
{
    const struct console *console = process->owner;

    return console->state;
}

bool console_is_domain_alive(const struct console *console)
{
    return !domains_has_ended(console->list->domains, console->domain.domid,
                              console->domain.uuid);
}

/* The role died, and its server waits for a successor. */
static void restart_uart_role(struct console *console, int wait_status)
{
    console->restarts++;
    if (WIFSIGNALED(wait_status))
        log_warning("console %s: its uart role was ended by signal %d; "
                    "starting it again",
                    console->label, WTERMSIG(wait_status));
    else
        log_warning("console %s: its uart role ended with status %d; starting "
                    "it again", console->label, WEXITSTATUS(wait_status));
    retry_later(console);
}

/* A role that cannot start destroys the server that it made; one that was
 * killed on the way leaves it, and its successor is to remove it.  Xen knows
 * which of both it was. */
static void forget_server_that_is_gone(struct console *console, bool is_alive)
{
    if (console->server != ROLE_NO_SERVER &&
        (!is_alive || !domains_has_server(console->list->domains,
                                          console->domain.domid,
                                          console->server)))
        console->server = ROLE_NO_SERVER;
}

static void on_uart_exited(struct role_process *process, int wait_status)
{
    struct console *console = process->owner;
    struct console_list *list = console->list;
    bool is_alive;

    console->is_uart_ready = false;
    if (list->is_stopping) {
        list->events->role_exited(list->owner);
        return;
    }
    is_alive = console_is_domain_alive(console);
    forget_server_that_is_gone(console, is_alive);
    if (console->state == CONSOLE_STARTING) {
        set_problem(console, "the uart role ended while starting; see "
                    "mediatord's log");
        console_enter(console, CONSOLE_REMOVING);
    }
    switch (console->state) {
    case CONSOLE_SERVING:
        if (is_alive)
            restart_uart_role(console, wait_status);
        else
            console_enter(console, CONSOLE_ENDING);
        break;
    case CONSOLE_REMOVING:
        if (console->server != ROLE_NO_SERVER)
            restart_uart_role(console, wait_status);
        break;
    case CONSOLE_STARTING:
    case CONSOLE_NEW:
    case CONSOLE_IDLE:
    case CONSOLE_ENDING:
    case CONSOLE_STATES:
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

/* ---- the domain and the network ---- */

void console_check_domain(struct console *console)
{
    if (console->state == CONSOLE_NEW || console->state == CONSOLE_IDLE ||
        console->state == CONSOLE_ENDING || console_is_domain_alive(console))
        return;
    if (console->state == CONSOLE_SERVING) {
        console_enter(console, CONSOLE_ENDING);
        console_progress(console);
        return;
    }
    console->server = ROLE_NO_SERVER;
    role_process_stop(&console->uart);
    if (console->state == CONSOLE_STARTING)
        console_begin_removal(console, "the domain ended");
    else
        console_progress(console);
}

void console_net_answered(struct console *console, const char *problem)
{
    console_network_answered(console, !problem);
    console_pty_progress(console);
    if (problem && console->state == CONSOLE_STARTING)
        console_begin_removal(console, problem);
    else if (problem)
        log_warning("console %s is not on the network: %s", console->label,
                    problem);
    else
        console_progress(console);
}
