/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_limits.h - how many of everything the net role can hold
 */
#ifndef LWIP_PORT_NET_LIMITS_H
#define LWIP_PORT_NET_LIMITS_H

#define NET_CONSOLES_MAX  64
#define NET_LEAVING_MAX   8   /* removed ones besides, until their clients
                               * have read what is left */
#define NET_CLIENTS_MAX   256 /* over all consoles */
#define NET_CLOSING_MAX   16  /* refused ones, until they have read why */
#define NET_HALF_OPEN_MAX 250 /* a SYN came, the handshake is not over; fewer
                               * than a listener's backlog can be */

/* What a client may send before we acknowledge.  It also bounds a frame that
 * a NIC or a veth merged out of several segments of one connection, which
 * is why such frames fit NIC_FRAME_BYTES_MAX. */
#define NET_WINDOW_BYTES  (5 * 1460)

#endif
