/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_limits.h - how many of everything the net role can hold
 */
#ifndef LWIP_PORT_NET_LIMITS_H
#define LWIP_PORT_NET_LIMITS_H

#include "shared/limits.h" /* CONSOLES_MAX */

#define NET_LEAVING_MAX   8   /* removed consoles besides, each kept until its
                               * clients have read what is left */
#define NET_CLIENTS_MAX   256 /* over all consoles */
#define NET_CLOSING_MAX   16  /* refused clients, each kept until it has read
                               * why */
#define NET_HALF_OPEN_MAX 250 /* connections whose SYN came and whose handshake
                               * is not over; fewer than a listener's backlog
                               * can be (255) */

/* How much a client may send before we acknowledge it.  This also bounds a
 * frame that a network card or a veth has merged out of several segments of
 * one connection, which is why such frames fit NIC_FRAME_BYTES_MAX. */
#define NET_WINDOW_BYTES  (5 * 1460)

#endif
