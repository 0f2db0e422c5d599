/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwippools.h - what mem_malloc() hands out (included by lwIP's memp_std.h,
 * several times, so without a guard)
 *
 * The small ones hold segments without data (SYN-ACK, ACK, FIN), ARP and
 * the like; the large ones a full segment each.
 */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(2 * (NET_HALF_OPEN_MAX + NET_CLIENTS_MAX), 192)
LWIP_MALLOC_MEMPOOL((NET_CLIENTS_MAX + NET_CLOSING_MAX) * TCP_SND_QUEUELEN +
                    64, 1600)
LWIP_MALLOC_MEMPOOL_END
