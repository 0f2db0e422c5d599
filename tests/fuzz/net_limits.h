/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_limits.h - stands in for lwip-port/net_limits.h and shared/limits.h,
 * with so few of everything that eight peers go beyond it
 *
 * The compiler's -include puts it before all else, so that the guards below
 * keep the real ones out.
 */
#ifndef MEDIATOR_LIMITS_H
#define MEDIATOR_LIMITS_H

#define CONSOLES_MAX      2

#endif

#ifndef LWIP_PORT_NET_LIMITS_H
#define LWIP_PORT_NET_LIMITS_H

#define NET_LEAVING_MAX   1
#define NET_CLIENTS_MAX   3
#define NET_CLOSING_MAX   2
#define NET_HALF_OPEN_MAX 3
#define NET_WINDOW_BYTES  (5 * 1460)

#endif
