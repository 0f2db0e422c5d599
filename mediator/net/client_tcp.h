/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_tcp.h - the clients that connect to a console's TCP port
 *
 * A byte that a client sends is acknowledged to TCP (tcp_recved()) when it is
 * in the in ring.  Those for which there is no room there are held, at most
 * one window of them, and so the client's window closes.
 *
 * A client that closed its sending half (`echo | nc -N`) still gets output,
 * until it resets the connection or stops answering.
 */
#ifndef MEDIATOR_CLIENT_TCP_H
#define MEDIATOR_CLIENT_TCP_H

#include "lwip/tcp.h"

/* A tcp_listener_accepted; opaque is the struct net_console.  With all places
 * taken it tells the client so and closes. */
err_t client_tcp_accept(void *opaque, struct tcp_pcb *pcb);

/* To be called each second: resets clients whose close() or refusal is so many
 * seconds ago, whatever they acknowledged meanwhile.  lwIP's own poll would
 * begin anew with each acknowledgement. */
void client_tcp_check(void);

/* How many are connected, over all consoles. */
unsigned int client_tcp_count(void);

#endif
