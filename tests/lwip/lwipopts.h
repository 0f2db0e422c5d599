/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwipopts.h - ours, changed in what lwIP's own unit tests cannot do without
 *
 * Each difference from lwip-port/lwipopts.h is below, with the suite that
 * needs it.  What is left out altogether, because nothing here uses it: ip4
 * (its one test is of reassembly), mem (lwIP's heap; we have pools), mdns,
 * mqtt, sockets.
 */
#ifndef TESTS_LWIP_LWIPOPTS_H
#define TESTS_LWIP_LWIPOPTS_H

#include "../../lwip-port/lwipopts.h"

/* Access to the list of time-outs: timers. */
#define LWIP_TESTMODE                   1

/* lwIP's tests look at this counter, which stays 0 with pools: all. */
#define MEM_STATS                       1

/* Their helpers end with lwIP's loop-back queue and with the thread that we
 * do not have: ip6, udp. */
#define LWIP_HAVE_LOOPIF                1
#define LWIP_NETIF_LOOPBACK             1
#define tcpip_thread_poll_one()         netif_poll_all()

/* A packet beyond the MTU is expected to leave in pieces: ip6. */
#undef  LWIP_IPV6_FRAG
#define LWIP_IPV6_FRAG                  1

/* Entries that tests make by hand: etharp. */
#define ETHARP_SUPPORT_STATIC_ENTRIES   1

/* The table is filled beyond its end, with addresses from 192.168.0.2 on that
 * differ in their last byte: etharp. */
#undef  ARP_TABLE_SIZE
#define ARP_TABLE_SIZE                  250

/* Before it knows its peer's, lwIP takes 536 for the segment size, and the
 * tests call that TCP_MSS; our send buffer in such segments, and a window for
 * the six that they send at once, not our five: tcp, tcp_oos.
 * Chains of pbufs are expected where a frame would fit into one of ours:
 * pbuf. */
#undef  TCP_MSS
#define TCP_MSS                         536
#undef  TCP_WND
#define TCP_WND                         (6 * TCP_MSS)
#undef  TCP_SND_BUF
#define TCP_SND_BUF                     (TCP_SND_QUEUELEN / 2 * TCP_MSS)
#undef  PBUF_POOL_BUFSIZE

/* The last segment that is to wait must not end behind the window, from
 * where our hook keeps it away: tcp_oos. */
#undef  TCP_OOSEQ_MAX_BYTES
#define TCP_OOSEQ_MAX_BYTES             (TCP_WND - TCP_MSS)

/* By lwIP's own rule, tests choose a connection's first sequence number: tcp.
 * The other hook stays. */
#undef  LWIP_HOOK_TCP_ISN

/* A small write after a sent segment is expected to join the one that waits
 * by a chain of pbufs: tcp. */
#undef  LWIP_NETIF_TX_SINGLE_PBUF

/* What they test: netif. */
#define LWIP_NETIF_EXT_STATUS_CALLBACK  1

/* The suite refuses to be built without; a scale of 0 changes no window:
 * pbuf. */
#define LWIP_WND_SCALE                  1
#define TCP_RCV_SCALE                   0

/* A few at a time: udp (PCBs), timers (time-outs). */
#undef  MEMP_NUM_UDP_PCB
#define MEMP_NUM_UDP_PCB                8
#undef  MEMP_NUM_SYS_TIMEOUT
#define MEMP_NUM_SYS_TIMEOUT            (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 8)

#endif
