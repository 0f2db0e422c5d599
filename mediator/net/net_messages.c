/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_messages.c - which of the supervisor's messages mean something to the
 * net role, and what is done at each
 */
#include "net/net_messages.h"

#include <stdio.h>
#include <unistd.h>

#include "net/net_consoles.h"
#include "shared/log.h"
#include "shared/role_link.h"

static void add_console(struct net_loop *loop,
                        const struct role_message *message, int *fds)
{
    int rc = net_consoles_add(message, fds);

    (void)loop;
    role_link_send_text(ROLE_LINK_FD,
                        rc ? ROLE_CONSOLE_FAILED : ROLE_CONSOLE_ADDED,
                        message->console, rc ? log_last_error() : "");
}

static void remove_console(struct net_loop *loop,
                           const struct role_message *message, int *fds)
{
    (void)loop;
    (void)fds;
    net_consoles_remove(message->console, NET_REMOVE_SECONDS);
}

static void add_local(struct net_loop *loop,
                      const struct role_message *message, int *fds)
{
    (void)loop;
    net_consoles_add_local(message, fds);
}

/* Frames that the card has already hold what was typed before. */
static void set_guest(struct net_loop *loop,
                      const struct role_message *message, int *fds)
{
    (void)fds;
    net_loop_take_frames(loop);
    net_consoles_set_guest(message);
}

static void send_break(struct net_loop *loop,
                       const struct role_message *message, int *fds)
{
    struct role_message answer = {
        .type = ROLE_BREAK_SENT,
        .console = message->console,
        .value = message->value,
    };
    const char *problem;

    (void)fds;
    net_loop_take_frames(loop);
    problem = net_consoles_break(message->console);
    if (problem) {
        answer.type = ROLE_BREAK_REFUSED;
        snprintf(answer.text, sizeof(answer.text), "%s", problem);
    }
    role_link_send(ROLE_LINK_FD, &answer, NULL, 0);
}

static void answer_ping(struct net_loop *loop,
                        const struct role_message *message, int *fds)
{
    (void)loop;
    (void)message;
    (void)fds;
    role_link_send_type(ROLE_LINK_FD, ROLE_PONG);
}

static void stop(struct net_loop *loop, const struct role_message *message,
                 int *fds)
{
    (void)message;
    (void)fds;
    net_loop_stop(loop);
}

/* A handler sets the descriptors that it takes over to -1; all others are
 * closed behind it. */
static const struct {
    enum role_message_type type;
    void (*handle)(struct net_loop *loop, const struct role_message *message,
                   int *fds);
} handlers[] = {
    { ROLE_ADD_CONSOLE, add_console },
    { ROLE_REMOVE_CONSOLE, remove_console },
    { ROLE_ADD_LOCAL, add_local },
    { ROLE_GUEST, set_guest },
    { ROLE_BREAK, send_break },
    { ROLE_STOP, stop },
    { ROLE_PING, answer_ping },
};

#define HANDLERS (sizeof(handlers) / sizeof(handlers[0]))

static void take_message(struct net_loop *loop,
                         const struct role_message *message, int *fds)
{
    unsigned int i;

    for (i = 0; i < HANDLERS; i++)
        if (handlers[i].type == message->type)
            break;
    if (i < HANDLERS)
        handlers[i].handle(loop, message, fds);
    else
        log_warning("message %u from the supervisor means nothing here",
                    message->type);
    for (i = 0; i < ROLE_LINK_FDS_MAX; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void link_ready(struct ev_loop *ev, ev_io *watcher, int events)
{
    struct net_loop *loop = watcher->data;
    struct role_message message;
    int fds[ROLE_LINK_FDS_MAX];
    enum role_link_result result = ROLE_LINK_MESSAGE;

    (void)events;
    while (!loop->is_stopping && result == ROLE_LINK_MESSAGE) {
        result = role_link_receive(ROLE_LINK_FD, &message, fds);
        if (result == ROLE_LINK_MESSAGE)
            take_message(loop, &message, fds);
    }
    if (result == ROLE_LINK_CLOSED)
        net_loop_stop(loop);
    if (loop->is_stopping)
        ev_io_stop(ev, watcher);
}

void net_messages_start(struct net_loop *loop)
{
    static ev_io link_io;

    ev_io_init(&link_io, link_ready, ROLE_LINK_FD, EV_READ);
    link_io.data = loop;
    ev_io_start(loop->ev, &link_io);
}
