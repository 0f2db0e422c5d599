/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/role_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union descriptor_space {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(ROLE_LINK_FDS_MAX * sizeof(int))];
};

int role_link_send(int link, const struct role_message *message,
                   const int *fds, unsigned int fd_count)
{
    struct iovec vector = { (void *)message, sizeof(*message) };
    union descriptor_space space = { 0 };
    struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };

    if (fd_count > 0) {
        struct cmsghdr *control;

        header.msg_control = space.bytes;
        header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        control = CMSG_FIRSTHDR(&header);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(control), fds, fd_count * sizeof(int));
    }
    if (sendmsg(link, &header, MSG_NOSIGNAL) != sizeof(*message))
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

static void take_descriptors(struct msghdr *header, int *fds)
{
    struct cmsghdr *control;

    for (control = CMSG_FIRSTHDR(header); control;
         control = CMSG_NXTHDR(header, control)) {
        size_t bytes = control->cmsg_len - CMSG_LEN(0);

        if (control->cmsg_level != SOL_SOCKET ||
            control->cmsg_type != SCM_RIGHTS ||
            bytes > ROLE_LINK_FDS_MAX * sizeof(int))
            continue;
        memcpy(fds, CMSG_DATA(control), bytes);
    }
}

enum role_link_result role_link_receive(int link, struct role_message *message,
                                        int *fds)
{
    struct iovec vector = { message, sizeof(*message) };
    union descriptor_space space = { 0 };
    struct msghdr header = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = fds ? space.bytes : NULL,
        .msg_controllen = fds ? sizeof(space.bytes) : 0,
    };
    ssize_t received;
    unsigned int i;

    for (i = 0; fds && i < ROLE_LINK_FDS_MAX; i++)
        fds[i] = -1;
    do {
        received = recvmsg(link, &header, MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);

    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return ROLE_LINK_EMPTY;
    if (received < 0)
        return ROLE_LINK_CLOSED;
    take_descriptors(&header, fds);
    if (received != sizeof(*message)) {
        for (i = 0; fds && i < ROLE_LINK_FDS_MAX; i++) {
            if (fds[i] >= 0)
                close(fds[i]);
            fds[i] = -1;
        }
        return ROLE_LINK_CLOSED;
    }
    message->text[sizeof(message->text) - 1] = '\0';
    message->options[sizeof(message->options) - 1] = '\0';
    return ROLE_LINK_MESSAGE;
}
