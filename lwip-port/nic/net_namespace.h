/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_namespace.h - a named network namespace that holds one card
 *
 * Linux drives the card there but has no address on it, so it answers
 * nothing on that wire: no ARP, no ping, no neighbour discovery.  The
 * namespace is /run/netns/NAME, as `ip netns add` makes it; it and the card
 * in it outlive us, and `ip netns delete NAME` gives the card back.
 */
#ifndef LWIP_PORT_NET_NAMESPACE_H
#define LWIP_PORT_NET_NAMESPACE_H

/* Makes the namespace unless it is there, and makes it silent.  Returns a
 * descriptor of it, or -1. */
int net_namespace_open(const char *name);

/* Moves the interface from our own namespace into that one, unless it is
 * there already.  Refuses one that dom0 itself uses. */
int net_namespace_take(int ns, const char *name, const char *interface);

/* The calling thread works in that namespace until it leaves.  Returns what
 * leave needs, or -1. */
int net_namespace_enter(int ns);

/* home is closed. */
int net_namespace_leave(int home);

#endif
