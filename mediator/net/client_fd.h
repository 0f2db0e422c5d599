/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_fd.h - what the kinds of client have in common that the supervisor
 * hands over as a descriptor, which does not block
 *
 * Such a client is sent to and read from by libev's watchers.  Output waits
 * in the ring while the descriptor takes none; of the input one read is held,
 * and nothing more is read until the in ring has taken it.
 */
#ifndef MEDIATOR_CLIENT_FD_H
#define MEDIATOR_CLIENT_FD_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/client.h"
#include "net/history_filter.h"
#include "shared/attach_protocol.h"
#include "shared/role_link.h"

#define CLIENT_FD_PIECE_MAX ATTACH_BYTES_MAX /* that put() is given at once */

struct client_fd;

/* What the kinds differ in. */
struct client_fd_kind {
    /* Writes up to `count` bytes, at most CLIENT_FD_PIECE_MAX; `next` is the
     * offset in the out ring of the byte behind them.  Returns how many were
     * taken, or -1 with errno, as write(). */
    ssize_t (*put)(struct client_fd *fd, const uint8_t *bytes, size_t count,
                   uint64_t next);

    /* Answers an empty packet (attach_protocol.h); `next` and the result are
     * as above.  NULL: what is read empty is the end. */
    ssize_t (*answer)(struct client_fd *fd, uint64_t next);

    /* The client's cursor has moved.  NULL: that is of no interest. */
    void (*moved)(struct client_fd *fd);

    /* The other side has gone, and so will the client when this returns.
     * NULL: that is of no interest. */
    void (*lost)(struct client_fd *fd);
};

struct client_fd {
    struct client client;  /* first; not linked: a free place */
    const struct client_fd_kind *kind;
    ev_io input;
    /* Of the output before this offset, which the guest wrote before the
     * client came, a terminal gets what it does not answer. */
    uint64_t history_end;
    struct history_filter filter;
    ev_io output;          /* runs while there is more than is taken */
    bool is_broken;        /* about to be forgotten */
    bool owes_answer;      /* to an empty packet */
    uint8_t notice_at;     /* the client has not taken notice[notice_at] and */
    uint8_t notice_bytes;  /* the notice_bytes - 1 bytes behind it yet */
    char notice[CLIENT_NOTICE_BYTES_MAX];
};

/* To be called before the first client is added. */
void client_fd_init(struct ev_loop *loop);

/* Of `count` places one that is free, or NULL. */
struct client_fd *client_fd_free_place(struct client_fd *places,
                                       unsigned int count);

/* Links a client as a ROLE_ADD_LOCAL says, in a free place; takes over
 * descriptor.  The client may be lost again before this returns. */
void client_fd_add(struct client_fd *fd, const struct client_fd_kind *kind,
                   struct net_console *console, int descriptor,
                   const struct role_message *message);

#endif
