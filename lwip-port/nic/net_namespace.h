/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_namespace.h - a named network namespace that holds one card
 *
 * Linux drives the card there but has no address on it, so Linux answers
 * nothing on that network: no ARP, no ping, no neighbour discovery.  The
 * namespace is /run/netns/NAME, as `ip netns add` makes it.  The namespace and
 * the card in it outlive this process; `ip netns delete NAME` gives the card
 * back.
 */
#ifndef LWIP_PORT_NET_NAMESPACE_H
#define LWIP_PORT_NET_NAMESPACE_H

/* Makes the namespace unless it is there, and turns IPv6 off in it.  Returns a
 * descriptor of it, which the caller closes, or -1 with a message. */
int net_namespace_open(const char *name);

/* Moves the interface from our own namespace into that one, unless it is there
 * already.  An interface that dom0 itself uses is refused.  Returns 0, or -1
 * with a message. */
int net_namespace_take(int ns, const char *name, const char *interface);

/* Enters the namespace with the calling thread.  Returns a descriptor of the
 * namespace before, for net_namespace_leave(), or -1 with a message. */
int net_namespace_enter(int ns);

/* Returns to the namespace before and closes home. */
int net_namespace_leave(int home);

#endif
