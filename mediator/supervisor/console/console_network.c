/* SPDX-License-Identifier: BSD-2-Clause */
/* console_network.c - what the net role is told of a console */
#include "supervisor/console/console_network.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "shared/console_paths.h"
#include "shared/log.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_files.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_pty.h"
#include "supervisor/roles/net_keeper.h"

bool console_is_on_network(const struct console *console)
{
    return console->state != CONSOLE_REMOVING || console->is_kept;
}

static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct console_list *list = watcher->data;
    struct console *console;

    (void)loop;
    (void)events;
    if (list->is_stopping || !list->net->is_ready)
        return; /* the next net role is given all */
    console_list_for_each(console, list)
        if (console_is_on_network(console) && !console->is_listening &&
            !console->is_net_asked && console_network_add(console))
            log_warning("console %s is not on the network", console->label);
}

static void try_again_later(struct console_list *list)
{
    if (ev_is_active(&list->net_retry))
        return;
    ev_timer_init(&list->net_retry, on_retry, CONSOLE_NETWORK_RETRY, 0.);
    list->net_retry.data = list;
    ev_timer_start(list->loop, &list->net_retry);
}

static int open_file(const struct console *console, const char *name,
                     int flags)
{
    char path[PATH_MAX];
    int fd;

    if (console_path(path, console->list->config->directory, console->key,
                     name))
        return -1;
    fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return log_errno("cannot open %s", path);
    return fd;
}

/* Is what is typed for somebody?  Not before the uart role is ready: what it
 * finds in the in ring then was typed before the guest was there. */
static bool has_guest(const struct console *console)
{
    return console->state == CONSOLE_SERVING;
}

int console_network_add(struct console *console)
{
    struct role_message message = {
        .type = ROLE_ADD_CONSOLE,
        .console = console->number,
        .value = has_guest(console),
    };
    int fds[] = { -1, -1, -1 }, rc = -1;
    unsigned int i;

    if (!console->has_files && console_files_prepare(console))
        goto out;
    console_options_format(&console->options, message.options);
    /* The out ring is opened read-only: the net role cannot write what the
     * guest wrote. */
    fds[0] = open_file(console, "out", O_RDONLY);
    fds[1] = open_file(console, "in", O_RDWR);
    fds[2] = open_file(console, "uart.wake", O_RDWR | O_NONBLOCK);
    if (fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0)
        rc = net_keeper_send(console->list->net, &message, fds, 3);
out:
    for (i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    console->is_net_asked = !rc;
    console->is_guest_told = message.value;
    if (rc)
        try_again_later(console->list);
    return rc;
}

void console_network_tell_guest(struct console *console)
{
    struct role_message message = {
        .type = ROLE_GUEST,
        .console = console->number,
        .value = has_guest(console),
    };

    if ((!console->is_listening && !console->is_net_asked) ||
        console->is_guest_told == has_guest(console))
        return;
    console->is_guest_told = has_guest(console);
    net_keeper_send(console->list->net, &message, NULL, 0);
}

void console_network_answered(struct console *console, bool is_listening)
{
    console->is_net_asked = false;
    console->is_listening = is_listening;
    if (is_listening)
        return;
    console_pty_net_gone(console);
    try_again_later(console->list);
}

void console_network_gone(struct console *console)
{
    console->is_net_asked = false;
    console->is_listening = false;
    console_pty_net_gone(console);
}

void console_network_remove(struct console *console)
{
    struct net_keeper *net = console->list->net;
    struct role_message message = {
        .type = ROLE_REMOVE_CONSOLE,
        .console = console->number,
    };

    if (net->is_ready)
        net_keeper_send(net, &message, NULL, 0);
    console_network_gone(console);
}
