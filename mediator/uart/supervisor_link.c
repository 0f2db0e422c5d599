/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisor_link.c - the signals and messages by which the supervisor talks
 * to the uart role
 */
#define _GNU_SOURCE
#include "uart/supervisor_link.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/role_link.h"
#include "uart/uart_parts.h"
#include "uart/wire_relay.h"

/* Set by signal handlers, and by messages. */
static volatile sig_atomic_t is_stopping;
static volatile sig_atomic_t may_have_message;
static bool must_remove_server;
static bool has_go_ahead; /* for the server that was announced */

/* ---- signals ---- */

static void on_stop(int signal)
{
    (void)signal;
    is_stopping = 1;
}

static void on_link_message(int signal)
{
    (void)signal;
    may_have_message = 1;
}

int supervisor_link_prepare_signals(void)
{
    struct sigaction stop = { .sa_handler = on_stop };
    struct sigaction message = { .sa_handler = on_link_message };
    struct sigaction ignored = { .sa_handler = SIG_IGN };
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGUSR1);
    if (sigaction(SIGTERM, &stop, NULL) || sigaction(SIGINT, &stop, NULL) ||
        sigaction(SIGUSR1, &message, NULL) ||
        sigaction(SIGPIPE, &ignored, NULL) || /* wake_open_writer() */
        sigprocmask(SIG_BLOCK, &blocked, NULL))
        return log_errno("cannot set up signals");
    return 0;
}

void supervisor_link_take_signals(void)
{
    static const struct timespec at_once;
    sigset_t none;

    sigemptyset(&none);
    ppoll(NULL, 0, &at_once, &none);
}

void supervisor_link_expect_message(void)
{
    may_have_message = 1;
}

bool supervisor_link_may_have_message(void)
{
    return may_have_message;
}

bool supervisor_link_says_stop(void)
{
    return is_stopping;
}

bool supervisor_link_says_remove_server(void)
{
    return must_remove_server;
}

/* ---- messages ---- */

static void go_ahead(struct uart_role *role, int *fd)
{
    (void)role;
    (void)fd;
    has_go_ahead = true;
}

static void stop(struct uart_role *role, int *fd)
{
    (void)role;
    (void)fd;
    is_stopping = 1;
}

static void remove_server(struct uart_role *role, int *fd)
{
    (void)role;
    (void)fd;
    must_remove_server = true;
    is_stopping = 1;
}

/* The loop, which comes here after it has looked for requests, goes round. */
static void answer_ping(struct uart_role *role, int *fd)
{
    (void)role;
    (void)fd;
    role_link_send_type(ROLE_LINK_FD, ROLE_PONG);
}

static void take_wire(struct uart_role *role, int *fd)
{
    if (*fd >= 0)
        wire_relay_take(role, *fd);
    *fd = -1;
}

/* What the role is doing when a message comes. */
enum phase {
    ANNOUNCING = 1, /* waiting for the go-ahead for a new server */
    SERVING = 2,
};

/* All that the supervisor may say, and when. */
static const struct {
    enum role_message_type type;
    unsigned int phases; /* in which it is permitted */
    /* A descriptor that it takes over becomes -1. */
    void (*obey)(struct uart_role *role, int *fd);
} messages[] = {
    { ROLE_ANSWER, ANNOUNCING, go_ahead },
    { ROLE_STOP, ANNOUNCING | SERVING, stop },
    { ROLE_WIRE, SERVING, take_wire },
    { ROLE_REMOVE_SERVER, SERVING, remove_server },
    { ROLE_PING, ANNOUNCING | SERVING, answer_ping },
};

static void refuse(const struct role_message *message)
{
    static bool was_told;
    char text[LOG_TEXT_BYTES];

    if (was_told)
        return;
    was_told = true;
    snprintf(text, sizeof(text), "the supervisor's message of type %u is "
             "refused: a uart role does not know it, or not at this time",
             message->type);
    role_link_send_text(ROLE_LINK_FD, ROLE_WARNING, 0, text);
}

static void obey(struct uart_role *role, const struct role_message *message,
                 int *fd, enum phase phase)
{
    size_t i;

    for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        if (messages[i].type == message->type &&
            (messages[i].phases & phase)) {
            messages[i].obey(role, fd);
            return;
        }
    }
    refuse(message);
}

/* Receives a message, and does what it says. */
static enum role_link_result take_message(struct uart_role *role,
                                          enum phase phase)
{
    struct role_message message;
    int fds[ROLE_LINK_FDS_MAX];
    enum role_link_result result = role_link_receive(ROLE_LINK_FD, &message,
                                                     fds);
    unsigned int i;

    if (result != ROLE_LINK_MESSAGE)
        return result;
    obey(role, &message, &fds[0], phase);
    for (i = 0; i < ROLE_LINK_FDS_MAX; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return result;
}

int supervisor_link_announce_server(struct uart_role *role)
{
    struct role_message message = {
        .type = ROLE_SERVER_CREATED,
        .value = role->server.id,
    };
    int rc = role_link_send(ROLE_LINK_FD, &message, NULL, 0);

    if (rc)
        return rc;
    while (!has_go_ahead) {
        struct pollfd link = { .fd = ROLE_LINK_FD, .events = POLLIN };

        if (poll(&link, 1, -1) < 0)
            return log_errno("waiting for the supervisor");
        if (take_message(role, ANNOUNCING) == ROLE_LINK_CLOSED)
            return log_error("the supervisor went away");
        if (is_stopping)
            return log_error("told to stop while starting");
    }
    return 0;
}

void supervisor_link_receive(struct uart_role *role)
{
    enum role_link_result result;

    may_have_message = 0;
    do
        result = take_message(role, SERVING);
    while (result == ROLE_LINK_MESSAGE);
    if (result == ROLE_LINK_CLOSED)
        is_stopping = 1;
}
