/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_attach.c - a client that gets frames of attach_protocol.h, each of
 * which says where the next one begins
 */
#include "net/client_attach.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/client_fd.h"
#include "shared/attach_protocol.h"
#include "shared/log.h"

static struct client_fd clients[CLIENT_ATTACH_MAX];

/* A frame goes as a whole or not at all. */
static ssize_t put(struct client_fd *fd, const uint8_t *bytes, size_t count,
                   uint64_t next)
{
    struct attach_frame frame;
    ssize_t r;

    frame.next = next;
    memcpy(frame.bytes, bytes, count);
    r = write(fd->output.fd, &frame, ATTACH_HEADER_BYTES + count);
    return r > 0 ? (ssize_t)count : r;
}

static ssize_t answer(struct client_fd *fd, uint64_t next)
{
    return write(fd->output.fd, &next, ATTACH_HEADER_BYTES);
}

static const struct client_fd_kind kind = { .put = put, .answer = answer };

static void refuse(int fd)
{
    struct attach_frame frame = { .next = ATTACH_REFUSED };
    int length = snprintf((char *)frame.bytes, sizeof(frame.bytes),
                          "%u clients are attached already; detach one of "
                          "them", CLIENT_ATTACH_MAX);

    /* Its socket is new and has room. */
    if (write(fd, &frame, ATTACH_HEADER_BYTES + length) < 0)
        log_warning("a client to be refused went away");
    close(fd);
}

void client_attach_add(struct net_console *console, int fd,
                       const struct role_message *message)
{
    struct client_fd *place = client_fd_free_place(clients,
                                                   CLIENT_ATTACH_MAX);

    if (place)
        client_fd_add(place, &kind, console, fd, message);
    else
        refuse(fd);
}
