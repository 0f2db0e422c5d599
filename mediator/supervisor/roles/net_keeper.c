/* SPDX-License-Identifier: BSD-2-Clause */
/* net_keeper.c - the net role is started, and started again when it dies */
#include "supervisor/roles/net_keeper.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/roles/nic_passthrough.h"

#define HOLDER_CHECK 2.0

static int start_role(struct net_keeper *net)
{
    const struct config *config = net->config;
    char directory[PATH_MAX], user[128], nic[256], address[128], gateway[128];
    char address6[128], specification[192];
    const char *arguments[] = {
        ROLE_NET_PROGRAM, directory, user, nic, address, address6,
        config->gateway ? gateway : NULL, NULL,
    };

    snprintf(directory, sizeof(directory), "--directory=%s",
             config->directory);
    snprintf(user, sizeof(user), "--user=%s", config->net_user);
    snprintf(specification, sizeof(specification), "%s", config->nic);
    if (nic_passthrough_is_wanted(config) &&
        nic_passthrough_prepare(config, net->domains, &net->holder,
                                &net->facts, specification,
                                sizeof(specification)))
        return -1;
    snprintf(nic, sizeof(nic), "--nic=%s", specification);
    snprintf(address, sizeof(address), "--address=%s", config->address);
    snprintf(address6, sizeof(address6), "--address6=%s", config->address6);
    if (config->gateway)
        snprintf(gateway, sizeof(gateway), "--gateway=%s", config->gateway);
    return role_process_start(&net->process, net->program, net->lock_fd,
                              arguments);
}

/* Answers whoever waits, if anybody does. */
static void request_is_done(struct net_keeper *net, const char *problem)
{
    net_keeper_done *done = net->done;

    net->done = NULL;
    if (done)
        done(net->done_opaque, problem);
}

/* The role died, or could not be started. */
static void retry_later(struct net_keeper *net)
{
    ev_timer_set(&net->retry, restart_delay_after_failure(&net->delay), 0.);
    ev_timer_start(net->loop, &net->retry);
}

static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct net_keeper *net = watcher->data;

    (void)loop;
    (void)events;
    if (start_role(net))
        retry_later(net);
}

/* The holder was never introduced to xenstore, which therefore does not tell
 * when it is gone: it is looked for from time to time. */
static void on_holder_check(struct ev_loop *loop, ev_timer *watcher,
                            int events)
{
    struct net_keeper *net = watcher->data;

    (void)loop;
    (void)events;
    if (!net->holder.domid || !net->is_ready ||
        !domains_has_ended(net->domains, net->holder.domid, NULL))
        return;
    log_warning("domain %u, which held the network card, was destroyed; "
                "making another", net->holder.domid);
    net->holder.domid = 0;
    role_process_stop(&net->process);
}

static void on_ready(struct role_process *process,
                     const struct role_message *message)
{
    struct net_keeper *net = process->owner;

    role_process_note_pong(process, message);
    net->is_ready = true;
    net->was_ready = true;
    restart_delay_note_ready(&net->delay);
    net->events->ready(net->owner);
    /* It may say so after it was told to stop: a release ends when the role
     * does. */
    if (!net->is_released)
        request_is_done(net, NULL);
}

static void on_failed(struct role_process *process,
                      const struct role_message *message)
{
    struct net_keeper *net = process->owner;

    log_error("the net role: %s", role_message_reason(message));
    if (!net->is_released)
        request_is_done(net, role_message_reason(message));
}

static void on_warning(struct role_process *process,
                       const struct role_message *message)
{
    (void)process;
    log_warning("the net role: %s", message->text);
}

static void on_console_answer(struct role_process *process,
                              const struct role_message *message)
{
    struct net_keeper *net = process->owner;
    bool is_added = message->type == ROLE_CONSOLE_ADDED;

    net->events->console_answered(net->owner, message->console,
                                  is_added ? NULL
                                           : role_message_reason(message));
}

static void on_pty_removed(struct role_process *process,
                           const struct role_message *message)
{
    struct net_keeper *net = process->owner;

    net->events->pty_removed(net->owner, message->console);
}

static void on_break_answer(struct role_process *process,
                            const struct role_message *message)
{
    struct net_keeper *net = process->owner;
    bool is_sent = message->type == ROLE_BREAK_SENT;

    net->events->break_answered(net->owner, message->value,
                                is_sent ? NULL
                                        : role_message_reason(message));
}

/* Is the role at work, or does it still start? */
enum net_role_state { NET_ROLE_STARTS, NET_ROLE_WORKS };

static const char *const net_state_names[] = {
    [NET_ROLE_STARTS] = "starting",
    [NET_ROLE_WORKS] = "at work",
};

static unsigned int net_role_state(const struct role_process *process)
{
    const struct net_keeper *net = process->owner;

    return net->is_ready ? NET_ROLE_WORKS : NET_ROLE_STARTS;
}

/* The role is told of consoles once it is at work, and fails at its start
 * only. */
static const struct role_process_rule net_rules[] = {
    { ROLE_READY, 1u << NET_ROLE_STARTS, on_ready },
    { ROLE_FAILED, 1u << NET_ROLE_STARTS, on_failed },
    { ROLE_WARNING, 1u << NET_ROLE_STARTS | 1u << NET_ROLE_WORKS,
      on_warning },
    { ROLE_CONSOLE_ADDED, 1u << NET_ROLE_WORKS, on_console_answer },
    { ROLE_CONSOLE_FAILED, 1u << NET_ROLE_WORKS, on_console_answer },
    { ROLE_PTY_REMOVED, 1u << NET_ROLE_WORKS, on_pty_removed },
    { ROLE_BREAK_SENT, 1u << NET_ROLE_WORKS, on_break_answer },
    { ROLE_BREAK_REFUSED, 1u << NET_ROLE_WORKS, on_break_answer },
    { ROLE_PONG, 1u << NET_ROLE_WORKS, role_process_note_pong },
};

/* The card goes back to Linux: no net role runs any more. */
static void finish_release(struct net_keeper *net)
{
    const char *problem = NULL;

    if (nic_passthrough_release(net->config,
                                net->domains))
        problem = log_last_error();
    net->holder.domid = 0;
    request_is_done(net, problem);
}

static void on_exited(struct role_process *process, int wait_status)
{
    struct net_keeper *net = process->owner;

    net->is_ready = false;
    net->events->exited(net->owner);
    if (net->is_released) {
        finish_release(net);
        return;
    }
    if (net->is_stopping)
        return;
    if (!net->was_ready) {
        /* Nothing was ever on the network: the configuration is wrong, which
         * only the operator can mend. */
        net->events->failed(net->owner);
        return;
    }
    if (WIFSIGNALED(wait_status))
        log_warning("the net role was ended by signal %d; starting it again",
                    WTERMSIG(wait_status));
    else
        log_warning("the net role ended with status %d; starting it again",
                    WEXITSTATUS(wait_status));
    net->restarts++;
    retry_later(net);
}

static const struct role_process_kind net_kind = {
    .role = "net role",
    .rules = net_rules,
    .rule_count = sizeof(net_rules) / sizeof(net_rules[0]),
    .state = net_role_state,
    .state_names = net_state_names,
    .exited = on_exited,
};

int net_keeper_start(struct net_keeper *net)
{
    net->delay = (struct restart_delay){ .first = 0.05, .second = 0.1 };
    net->is_enabled = strcmp(net->config->nic, "none") != 0;
    role_process_init(&net->process, net->loop, &net_kind, "", net);
    ev_timer_init(&net->retry, on_retry, 0., 0.);
    net->retry.data = net;
    ev_timer_init(&net->holder_check, on_holder_check, HOLDER_CHECK,
                  HOLDER_CHECK);
    net->holder_check.data = net;
    if (nic_passthrough_is_wanted(net->config))
        ev_timer_start(net->loop, &net->holder_check);
    return net->is_enabled ? start_role(net) : 0;
}

void net_keeper_stop(struct net_keeper *net)
{
    net->is_stopping = true;
    ev_timer_stop(net->loop, &net->retry);
    ev_timer_stop(net->loop, &net->holder_check);
    role_process_stop(&net->process);
}

int net_keeper_release(struct net_keeper *net, net_keeper_done *done,
                        void *opaque)
{
    if (!nic_passthrough_is_wanted(net->config))
        return log_error("only a card that is passed through (nic = "
                         "\"pci:...\") can be released");
    if (net->is_released || net->done)
        return log_error("network card %s is released already, or just on its "
                         "way", net->config->nic);
    net->is_released = true;
    net->done = done;
    net->done_opaque = opaque;
    ev_timer_stop(net->loop, &net->retry);
    if (role_process_is_running(&net->process))
        role_process_stop(&net->process);
    else
        finish_release(net);
    return 0;
}

int net_keeper_take(struct net_keeper *net, net_keeper_done *done,
                     void *opaque)
{
    int rc;

    if (net->is_stopping)
        return log_error("mediatord is stopping");
    if (!net->is_released || net->done)
        return log_error("network card %s was not released",
                         net->config->nic);
    /* Whoever asked for the release may not have waited for its end. */
    if (role_process_is_running(&net->process))
        return log_error("network card %s is just being released; try again",
                         net->config->nic);
    rc = start_role(net);
    if (rc)
        return rc;
    net->is_released = false;
    net->done = done;
    net->done_opaque = opaque;
    return 0;
}

void net_keeper_forget_request(struct net_keeper *net, void *opaque)
{
    if (net->done_opaque == opaque)
        net->done = NULL;
}

int net_keeper_send(struct net_keeper *net,
                    const struct role_message *message, const int *fds,
                    unsigned int fd_count)
{
    return role_process_send(&net->process, message, fds, fd_count);
}
