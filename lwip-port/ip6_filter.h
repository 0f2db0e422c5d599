/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip6_filter.h - which IPv6 frames lwIP gets to see
 *
 * lwIP believes more of what neighbours and routers say than it should.  What
 * is taken is TCP and ICMPv6 without extension headers, and what asks for our
 * multicast groups (MLD); of ICMPv6:
 *
 * - no advertisement of an address that is ours and in use: lwIP would give it
 *   up as a duplicate (it is for netif_address.h to defend it);
 * - no "packet too big" with an MTU below IPv6's least one (RFC 8201, 4) or
 *   not below our own, or about bytes that no connection has on its way;
 * - no neighbour discovery with malformed options, or with another option
 *   where lwIP looks for the link-layer address without looking at its type:
 *   whatever is there would become a MAC address;
 * - no redirects: lwIP would take them from any neighbour.
 */
#ifndef LWIP_PORT_IP6_FILTER_H
#define LWIP_PORT_IP6_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/netif.h"

/* Whether lwIP shall see the frame, which has an Ethernet header of type
 * IPv6. */
bool ip6_filter_takes(struct netif *netif, const uint8_t *frame,
                      size_t bytes);

#endif
