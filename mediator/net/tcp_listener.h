/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_listener.h - a TCP port of a console, and who may connect to it
 */
#ifndef MEDIATOR_TCP_LISTENER_H
#define MEDIATOR_TCP_LISTENER_H

#include <stdint.h>

#include "lwip/tcp.h"

#include "shared/access_list.h"

/* Takes over a new connection.  Returns ERR_OK, or ERR_ABRT when it has
 * called tcp_abort() on it. */
typedef err_t tcp_listener_accepted(void *opaque, struct tcp_pcb *pcb);

struct tcp_listener {
    struct tcp_pcb *pcb; /* NULL: closed */
    uint16_t port;
    const struct access_list *allow;
    tcp_listener_accepted *accepted;
    void *opaque;
    uint64_t refusals;   /* of those who are not on the list */
};

/* Listens on `port` of all addresses.  Those whom `allow` names are handed
 * to accepted(), with opaque; all others get a reset.  Listener and list are
 * the caller's and stay where they are until tcp_listener_close().  Returns
 * 0, or -1 with a message logged; then the listener is closed. */
int tcp_listener_open(struct tcp_listener *listener, uint16_t port,
                      const struct access_list *allow,
                      tcp_listener_accepted *accepted, void *opaque);

/* Who is at the other end of a connection. */
struct access_address
tcp_listener_remote_address(const struct tcp_pcb *pcb);

/* The port is free at once; connections that were accepted live on.  A
 * closed listener may be closed again. */
void tcp_listener_close(struct tcp_listener *listener);

#endif
