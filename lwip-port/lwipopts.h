/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwipopts.h - how lwIP is built for the net role
 *
 * lwIP runs without threads (NO_SYS) in the role's one event loop, which uses
 * its raw API.  Every pool is fixed, so that nothing that arrives from the
 * network can make the process grow; the sizes below follow from how many
 * clients there may be (net_limits.h).
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#include "net_limits.h"

/* There is one thread, and there are no sockets. */
#define NO_SYS                          1
#define SYS_LIGHTWEIGHT_PROT            0
#define LWIP_SOCKET                     0
#define LWIP_NETCONN                    0
#define LWIP_NETIF_API                  0

/* The protocols that are compiled in.  A console needs no fragments, no IP
 * options and no forwarding. */
#define LWIP_IPV4                       1
#define LWIP_IPV6                       1 /* netif_ethernet.c drops its frames
                                           * unless it is configured */
#define LWIP_ARP                        1
#define LWIP_ICMP                       1
#define LWIP_TCP                        1
#define LWIP_UDP                        1 /* for DHCP alone */
#define MEMP_NUM_UDP_PCB                1
#define LWIP_DHCP                       1
#define LWIP_RAW                        0
#define LWIP_DNS                        0
#define LWIP_IGMP                       0
#define IP_FORWARD                      0
#define IP_REASSEMBLY                   0
#define IP_FRAG                         0
#define IP_OPTIONS_ALLOWED              0
#define LWIP_BROADCAST_PING             0
#define LWIP_MULTICAST_PING             0
#define LWIP_IPV6_FRAG                  0
#define LWIP_IPV6_REASS                 0
#define LWIP_IPV6_FORWARD               0
#define LWIP_IPV6_MLD                   1
#define MEMP_NUM_MLD6_GROUP             8
#define LWIP_IPV6_AUTOCONFIG            1
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS   1
#define IPV6_FRAG_COPYHEADER            1 /* needed on 64 bit */

/* Everybody on the Ethernet segment may be a client. */
#define ARP_TABLE_SIZE                  320
/* lwIP counts these in an s8_t: with more it loops for ever. */
#define LWIP_ND6_NUM_NEIGHBORS          127
#define LWIP_ND6_NUM_DESTINATIONS       127
#define LWIP_NETIF_HWADDRHINT           1

/* TCP.  One client can hold TCP_SND_BUF bytes and TCP_SND_QUEUELEN segments,
 * and the pools have room for all clients that do so at once: a client that
 * reads nothing cannot take memory from another. */
#define TCP_MSS                         1460
#define TCP_SND_BUF                     16384
#define TCP_SND_QUEUELEN                24
#define TCP_WND                         NET_WINDOW_BYTES
#define TCP_OVERSIZE                    TCP_MSS
#define LWIP_NETIF_TX_SINGLE_PBUF       1
#define LWIP_CHECKSUM_ON_COPY           1
#define LWIP_CHKSUM_ALGORITHM           3
#define LWIP_TCP_KEEPALIVE              1
#define SO_REUSE                        1 /* a console can listen again while
                                           * old connections linger */
#define TCP_MSL                         15000UL
#define TCP_MAXRTX                      12
#define TCP_SYNMAXRTX                   4
#define LWIP_TCP_PCB_NUM_EXT_ARGS       1 /* lwip_hooks.c: when a connection's
                                           * last challenge ACK was sent */

/* Segments that come out of order wait for the missing one.  A client that
 * runs on two CPUs is enough to swap some, and without the queue each swap
 * would cost it a timeout.  The segments that all clients can make wait fit
 * PBUF_POOL_SIZE, so that no client can shut out the others' frames.
 * lwip_hooks.c keeps segments beyond the window away from this queue, where
 * they would fail an assertion. */
#define TCP_QUEUE_OOSEQ                 1
#define TCP_OOSEQ_MAX_BYTES             TCP_WND
#define TCP_OOSEQ_MAX_PBUFS             5
#define LWIP_TCP_SACK_OUT               0

/* Against SYN floods lwip_hooks.c drops the oldest of NET_HALF_OPEN_MAX
 * half-open connections, so that no listener's backlog is ever reached. */
#define TCP_LISTEN_BACKLOG              1
#define TCP_DEFAULT_LISTEN_BACKLOG      255

/* All memory comes from pools. */
#define MEM_LIBC_MALLOC                 0
#define MEMP_MEM_MALLOC                 0
#define MEM_USE_POOLS                   1 /* sizes: lwippools.h */
#define MEMP_USE_CUSTOM_POOLS           1
#define MEM_USE_POOLS_TRY_BIGGER_POOL   1
#define MEM_ALIGNMENT                   8
#define MEMP_NUM_TCP_PCB \
    (NET_CLIENTS_MAX + NET_CLOSING_MAX + NET_HALF_OPEN_MAX + 32)
#define MEMP_NUM_TCP_PCB_LISTEN         (CONSOLES_MAX + 1)
#define MEMP_NUM_TCP_SEG \
    ((NET_CLIENTS_MAX + NET_CLOSING_MAX) * \
     (TCP_SND_QUEUELEN + 1 + TCP_OOSEQ_MAX_PBUFS) + NET_HALF_OPEN_MAX)
#define MEMP_NUM_SYS_TIMEOUT \
    (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 1) /* net_loop.c, each second;
                                         * mld_timer.c has one of lwIP's */
#define PBUF_POOL_SIZE \
    ((NET_CLIENTS_MAX + NET_CLOSING_MAX) * TCP_OOSEQ_MAX_PBUFS + 256)
#define PBUF_POOL_BUFSIZE               1600 /* a full frame in one */

/* Received frames that the NIC driver vouches for skip the transport's
 * checksum. */
#define LWIP_CHECKSUM_CTRL_PER_NETIF    1

#define LWIP_STATS                      1
#define LWIP_STATS_LARGE                1
#define LWIP_STATS_DISPLAY              0

/* This does no more than to show lwIP's own timers to mld_timer.c. */
#define LWIP_TESTMODE                   1

/* See lwip_hooks.h. */
#define LWIP_HOOK_FILENAME              "lwip_hooks.h"
#define LWIP_HOOK_TCP_ISN               lwip_hook_tcp_isn
#define LWIP_HOOK_TCP_INPACKET_PCB      lwip_hook_tcp_inpacket

#endif
