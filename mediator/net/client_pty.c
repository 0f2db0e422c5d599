/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_pty.c - a client that gets bytes and no more, through the master of
 * a pty that the supervisor made and keeps open, too
 *
 * Nobody else is the pty's client between two net roles, so its place is kept
 * in the in ring's header, where a successor finds it.
 */
#include "net/client_pty.h"

#include <unistd.h>

#include "net/client_fd.h"
#include "shared/log.h"

static struct client_fd clients[CONSOLES_MAX];

static ssize_t put(struct client_fd *fd, const uint8_t *bytes, size_t count,
                   uint64_t next)
{
    (void)next;
    return write(fd->output.fd, bytes, count);
}

/* Where a successor of this process goes on. */
static void moved(struct client_fd *fd)
{
    struct net_console *console = fd->client.console;

    atomic_store_explicit(&console->in.header->pty_cursor,
                          fd->client.reader.cursor, memory_order_relaxed);
}

/* Nobody has the slave open: the supervisor may hand the pty over again. */
static void lost(struct client_fd *fd)
{
    role_link_send_text(ROLE_LINK_FD, ROLE_PTY_REMOVED,
                        fd->client.console->number, "");
}

static const struct client_fd_kind kind = {
    .put = put,
    .moved = moved,
    .lost = lost,
};

void client_pty_add(struct net_console *console, int fd,
                    const struct role_message *message)
{
    struct client_fd *place = client_fd_free_place(clients, CONSOLES_MAX);

    if (place) {
        client_fd_add(place, &kind, console, fd, message);
        return;
    }
    log_warning("there are %u ptys already; that of console %u is not served",
                CONSOLES_MAX, console->number);
    close(fd);
}
