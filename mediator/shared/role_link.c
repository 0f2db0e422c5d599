/* SPDX-License-Identifier: BSD-2-Clause */
/* role_link.c - what the supervisor and a role say to each other */
#include "shared/role_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/descriptors.h"
#include "shared/printable.h"

#define SENDER_ROLES (ROLE_SENDER_UART | ROLE_SENDER_NET)

static const struct {
    const char *name;
    unsigned int senders;
} messages[ROLE_MESSAGE_TYPES] = {
    [ROLE_READY] = { "READY", SENDER_ROLES },
    [ROLE_FAILED] = { "FAILED", SENDER_ROLES },
    [ROLE_SERVER_CREATED] = { "SERVER_CREATED", ROLE_SENDER_UART },
    [ROLE_SERVER_GONE] = { "SERVER_GONE", ROLE_SENDER_UART },
    [ROLE_WIRE_LOST] = { "WIRE_LOST", ROLE_SENDER_UART },
    [ROLE_CONSOLE_ADDED] = { "CONSOLE_ADDED", ROLE_SENDER_NET },
    [ROLE_CONSOLE_FAILED] = { "CONSOLE_FAILED", ROLE_SENDER_NET },
    [ROLE_PTY_REMOVED] = { "PTY_REMOVED", ROLE_SENDER_NET },
    [ROLE_BREAK_SENT] = { "BREAK_SENT", ROLE_SENDER_NET },
    [ROLE_BREAK_REFUSED] = { "BREAK_REFUSED", ROLE_SENDER_NET },
    [ROLE_WARNING] = { "WARNING", SENDER_ROLES },
    [ROLE_PONG] = { "PONG", SENDER_ROLES },
    [ROLE_STOP] = { "STOP", ROLE_SENDER_SUPERVISOR },
    [ROLE_REMOVE_SERVER] = { "REMOVE_SERVER", ROLE_SENDER_SUPERVISOR },
    [ROLE_WIRE] = { "WIRE", ROLE_SENDER_SUPERVISOR },
    [ROLE_ADD_CONSOLE] = { "ADD_CONSOLE", ROLE_SENDER_SUPERVISOR },
    [ROLE_GUEST] = { "GUEST", ROLE_SENDER_SUPERVISOR },
    [ROLE_REMOVE_CONSOLE] = { "REMOVE_CONSOLE", ROLE_SENDER_SUPERVISOR },
    [ROLE_ADD_LOCAL] = { "ADD_LOCAL", ROLE_SENDER_SUPERVISOR },
    [ROLE_ANSWER] = { "ANSWER", ROLE_SENDER_SUPERVISOR },
    [ROLE_BREAK] = { "BREAK", ROLE_SENDER_SUPERVISOR },
    [ROLE_PING] = { "PING", ROLE_SENDER_SUPERVISOR },
};

const char *role_message_name(uint32_t type)
{
    return type < ROLE_MESSAGE_TYPES && messages[type].name
               ? messages[type].name : "unknown message";
}

unsigned int role_message_senders(uint32_t type)
{
    return type < ROLE_MESSAGE_TYPES ? messages[type].senders : 0;
}

const char *role_message_reason(const struct role_message *message)
{
    return *message->text ? message->text : "the role does not say why";
}

int role_link_send(int link, const struct role_message *message,
                   const int *fds, unsigned int fd_count)
{
    struct iovec part = { (void *)message, sizeof(*message) };

    if (descriptors_send(link, &part, 1, fds, fd_count, MSG_NOSIGNAL) !=
        sizeof(*message))
        return log_errno("cannot send a message between roles");
    return 0;
}

int role_link_send_type(int link, enum role_message_type type)
{
    struct role_message message = { .type = type };

    return role_link_send(link, &message, NULL, 0);
}

int role_link_send_text(int link, enum role_message_type type,
                        uint32_t console, const char *text)
{
    struct role_message message = { .type = type, .console = console };

    snprintf(message.text, sizeof(message.text), "%s", text);
    return role_link_send(link, &message, NULL, 0);
}

static void close_all(const int *fds, unsigned int fd_max)
{
    unsigned int i;

    for (i = 0; i < fd_max; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

enum role_link_result role_link_receive(int link, struct role_message *message,
                                        int *fds)
{
    unsigned int fd_max = fds ? ROLE_LINK_FDS_MAX : 0;
    struct {
        struct role_message message;
        char behind; /* by which a longer packet is known */
    } packet;
    ssize_t received = descriptors_receive(link, &packet, sizeof(packet), fds,
                                           fd_max);

    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return ROLE_LINK_EMPTY;
    if (received != sizeof(*message)) {
        if (received > 0)
            log_warning("%zd bytes that are no message came by a role's link",
                        received);
        close_all(fds, fd_max);
        return ROLE_LINK_CLOSED;
    }
    *message = packet.message;
    packet.message.text[sizeof(packet.message.text) - 1] = '\0';
    printable(message->text, sizeof(message->text), packet.message.text);
    message->options[sizeof(message->options) - 1] = '\0';
    return ROLE_LINK_MESSAGE;
}
