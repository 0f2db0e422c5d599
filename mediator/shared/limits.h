/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits.h - how many there can be of what more than one role counts
 *
 * What only the net role has is bounded in lwip-port/net_limits.h.
 */
#ifndef MEDIATOR_LIMITS_H
#define MEDIATOR_LIMITS_H

#define CONSOLES_MAX 64 /* those of idle guests included */

#endif
