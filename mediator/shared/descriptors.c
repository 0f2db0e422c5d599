/* SPDX-License-Identifier: BSD-2-Clause */
/* descriptors.c - open files sent through a Unix socket */
#include "shared/descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel wants room for them that is aligned as its header is. */
union descriptor_space {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

ssize_t descriptors_send(int socket, const struct iovec *parts,
                         size_t part_count, const int *fds,
                         unsigned int fd_count, int flags)
{
    union descriptor_space space = { 0 };
    struct msghdr message = {
        .msg_iov = (struct iovec *)parts,
        .msg_iovlen = part_count,
    };

    if (fd_count > DESCRIPTORS_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (fd_count > 0) {
        struct cmsghdr *header;

        message.msg_control = space.bytes;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
    }
    return sendmsg(socket, &message, flags);
}

/* The room is a multiple of a pointer's size, so that one descriptor more
 * than DESCRIPTORS_MAX can have come. */
static void take(struct msghdr *message, int *fds, unsigned int fd_max)
{
    struct cmsghdr *header;
    unsigned int taken = 0;

    for (header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        const unsigned char *at = CMSG_DATA(header);
        const unsigned char *end = (unsigned char *)header + header->cmsg_len;
        int fd;

        if (header->cmsg_level != SOL_SOCKET ||
            header->cmsg_type != SCM_RIGHTS)
            continue;
        for (; at + sizeof(fd) <= end; at += sizeof(fd)) {
            memcpy(&fd, at, sizeof(fd));
            if (taken < fd_max)
                fds[taken++] = fd;
            else
                close(fd);
        }
    }
}

ssize_t descriptors_receive(int socket, void *data, size_t bytes, int *fds,
                            unsigned int fd_max)
{
    union descriptor_space space = { 0 };
    struct iovec part = { data, bytes };
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = fd_max > 0 ? space.bytes : NULL,
        .msg_controllen = fd_max > 0 ? sizeof(space.bytes) : 0,
    };
    unsigned int i;
    ssize_t received;

    for (i = 0; i < fd_max; i++)
        fds[i] = -1;
    do {
        received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received >= 0)
        take(&message, fds, fd_max);
    return received;
}
