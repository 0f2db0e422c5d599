/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwippools.h - the pools of which lwIP's mem_malloc() hands out elements
 *
 * lwIP's memp_std.h includes this file several times, so it has no guard.
 * A small element holds a segment without data (SYN-ACK, ACK, FIN), an ARP
 * frame and the like; a large one holds a full segment.
 */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(2 * (NET_HALF_OPEN_MAX + NET_CLIENTS_MAX), 192)
LWIP_MALLOC_MEMPOOL((NET_CLIENTS_MAX + NET_CLOSING_MAX) * TCP_SND_QUEUELEN +
                    64, 1600)
LWIP_MALLOC_MEMPOOL_END
