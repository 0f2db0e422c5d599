/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_datagram.c - what comes by a link between roles, as the input says */
#define _GNU_SOURCE
#include "fuzz/fuzz_datagram.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define BEHIND_MAX 16 /* bytes behind a message */

/* Which members stand in the input: one that is rare is short otherwise. */
enum {
    HAS_NUMBERS = 1, HAS_OPTIONS = 2, HAS_TEXT = 4, HAS_SIZE = 8,
    HAS_DESCRIPTORS = 16,
};

static void take_message(struct input *input, uint8_t has,
                         struct role_message *message)
{
    uint8_t type = take8(input);

    memset(message, 0, sizeof(*message));
    message->type = type < 128 ? type % (ROLE_MESSAGE_TYPES + 1)
                               : take32(input);
    message->console = take8(input) % 4;
    if (has & HAS_NUMBERS) {
        message->value = take32(input);
        message->from = (uint64_t)take32(input) << 32 | take32(input);
        /* Whatever byte stands there. */
        *(volatile uint8_t *)&message->is_read_only = take8(input);
    }
    if (has & HAS_OPTIONS) {
        size_t bytes = take_text(input, message->options,
                                 sizeof(message->options));

        if (bytes == sizeof(message->options) - 1)
            message->options[bytes] = 'x';
    }
    if (has & HAS_TEXT) {
        size_t bytes = take_text(input, message->text, sizeof(message->text));

        if (bytes == sizeof(message->text) - 1)
            message->text[bytes] = 'x';
    }
}

static void send_with(int link, void *bytes, size_t count, const int *fds,
                      unsigned int fd_count)
{
    _Alignas(struct cmsghdr) char space[CMSG_SPACE(DATAGRAM_FDS_MAX *
                                                   sizeof(int))] = { 0 };
    struct iovec part = { bytes, count };
    struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

    if (fd_count > 0) {
        struct cmsghdr *control = (struct cmsghdr *)space;

        header.msg_control = space;
        header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(control), fds, fd_count * sizeof(int));
    }
    sendmsg(link, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool datagram_send(int link, struct input *input, const int *fds,
                   unsigned int fd_count, struct role_message *message)
{
    struct {
        struct role_message message;
        char behind[BEHIND_MAX];
    } sent = { 0 };
    size_t bytes = sizeof(*message);
    int chosen[DATAGRAM_FDS_MAX];
    unsigned int count = 0, i;
    uint8_t has = take8(input);

    take_message(input, has, &sent.message);
    if (has & HAS_SIZE)
        bytes = take16(input) % (sizeof(sent) + 1);
    if (fd_count > 0 && (has & HAS_DESCRIPTORS))
        count = take8(input) % (DATAGRAM_FDS_MAX + 1);
    for (i = 0; i < count; i++)
        chosen[i] = fds[take8(input) % fd_count];
    send_with(link, &sent, bytes, chosen, count);
    memcpy(message, &sent.message, sizeof(*message));
    return bytes == sizeof(*message);
}
