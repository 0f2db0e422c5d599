/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_places.h - the places that TCP clients have, and who gives way when all
 * are taken
 *
 * All consoles share NET_CLIENTS_MAX places.  While one is free, whoever comes
 * gets it.  When none is, a newcomer gets the place of somebody who has more
 * than he, in this order:
 *
 * 1. If another console has at least two clients more than the newcomer's:
 *    of the console that has most.  Otherwise of the newcomer's own console.
 * 2. There, of the address that has most clients.  In the newcomer's own
 *    console that must be at least two more than the newcomer's address has;
 *    otherwise only a client that has closed its sending half gives way.
 * 3. Of the clients that this leaves, the one that closed its sending half
 *    first; most of those have gone altogether, which shows only when
 *    something is sent to them.  If none has, the newest: who has been there
 *    for long is not the one that fills the places.
 *
 * If that is nobody, the newcomer is refused.  So neither one console's
 * clients nor one address can keep all others out, and what an attacker takes
 * is his own.  An IPv6 address counts with all others of its /64, which its
 * owner can take at will.
 */
#ifndef MEDIATOR_TCP_PLACES_H
#define MEDIATOR_TCP_PLACES_H

#include "lwip/tcp.h"

#include "net/net_console.h"

#define TCP_PLACE_NONE (-1)

/* Takes a place for a new connection to the console.  Somebody else's
 * connection may be aborted for it (tcp_abort()); his owner is told by lwIP,
 * and calls tcp_place_free() before this returns.  Returns the place, 0 to
 * NET_CLIENTS_MAX - 1, or TCP_PLACE_NONE. */
int tcp_place_take(struct tcp_pcb *pcb, const struct net_console *console);

/* The client has closed its sending half. */
void tcp_place_half_closed(int place);

void tcp_place_free(int place);

#endif
