/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_hex.c - a client that gets two digits a byte, in packets
 */
#include "net/client_hex.h"

#include <unistd.h>

#include "net/client_fd.h"
#include "shared/log.h"

static struct client_fd clients[CLIENT_HEX_MAX];

/* A packet goes as a whole or not at all. */
static ssize_t put(struct client_fd *fd, const uint8_t *bytes, size_t count,
                   uint64_t next)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * CLIENT_FD_PIECE_MAX];
    ssize_t r;
    size_t i;

    (void)next;
    for (i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0x0f];
    }
    r = write(fd->output.fd, text, 2 * count);
    return r > 0 ? (ssize_t)count : r;
}

static const struct client_fd_kind kind = { .put = put };

void client_hex_add(struct net_console *console, int fd,
                    const struct role_message *message)
{
    struct client_fd *place = client_fd_free_place(clients, CLIENT_HEX_MAX);

    if (place) {
        client_fd_add(place, &kind, console, fd, message);
        return;
    }
    log_warning("%u clients read in hexadecimal already", CLIENT_HEX_MAX);
    close(fd);
}
