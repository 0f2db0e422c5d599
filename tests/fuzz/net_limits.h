/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_limits.h - as lwip-port/net_limits.h, but so few of everything that
 * eight peers go beyond
 *
 * Included by the compiler's -include, before all else.
 */
#ifndef LWIP_PORT_NET_LIMITS_H
#define LWIP_PORT_NET_LIMITS_H

#define NET_CONSOLES_MAX  2
#define NET_LEAVING_MAX   1
#define NET_CLIENTS_MAX   3
#define NET_CLOSING_MAX   2
#define NET_HALF_OPEN_MAX 3
#define NET_WINDOW_BYTES  (5 * 1460)

#endif
