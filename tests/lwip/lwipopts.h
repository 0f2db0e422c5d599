/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwipopts.h - ours, changed in what lwIP's own unit tests cannot do without
 *
 * Each difference from lwip-port/lwipopts.h is below; a colon precedes the
 * suites that need it.  These suites are left out altogether, because nothing
 * here uses what they test: ip4 (its one test is of reassembly), mem (lwIP's
 * heap; we have pools), mdns, mqtt, sockets.
 */
#ifndef TESTS_LWIP_LWIPOPTS_H
#define TESTS_LWIP_LWIPOPTS_H

#include "../../lwip-port/lwipopts.h"

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

/* The tests make entries of the ARP table by hand: etharp. */
#define ETHARP_SUPPORT_STATIC_ENTRIES   1

/* The table is filled beyond its end, with addresses from 192.168.0.2 on that
 * differ in their last byte: etharp. */
#undef  ARP_TABLE_SIZE
#define ARP_TABLE_SIZE                  250

/* Until lwIP knows its peer's segment size it takes 536, and the tests call
 * that TCP_MSS.  The send buffer is as many such segments as ours, and the
 * window is for the six that they send at once, not for our five: tcp,
 * tcp_oos.  Chains of pbufs are expected where a frame would fit into one of
 * ours: pbuf. */
#undef  TCP_MSS
#define TCP_MSS                         536
#undef  TCP_WND
#define TCP_WND                         (6 * TCP_MSS)
#undef  TCP_SND_BUF
#define TCP_SND_BUF                     (TCP_SND_QUEUELEN / 2 * TCP_MSS)
#undef  PBUF_POOL_BUFSIZE

/* The last segment that is to wait out of order must not end behind the
 * window, because our hook would drop it: tcp_oos. */
#undef  TCP_OOSEQ_MAX_BYTES
#define TCP_OOSEQ_MAX_BYTES             (TCP_WND - TCP_MSS)

/* By lwIP's own rule, tests choose a connection's first sequence number:
 * tcp. */
#undef  LWIP_HOOK_TCP_ISN

/* Two tests send data without any flag, which our hook would drop: tcp. */
#undef  LWIP_HOOK_TCP_INPACKET_PCB
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, header, ...) \
    (TCPH_FLAGS(header) ? lwip_hook_tcp_inpacket(pcb, header, __VA_ARGS__) \
                        : ERR_OK)

/* A small write after a sent segment is expected to join the one that waits
 * by a chain of pbufs: tcp. */
#undef  LWIP_NETIF_TX_SINGLE_PBUF

/* The suite tests this: netif. */
#define LWIP_NETIF_EXT_STATUS_CALLBACK  1

/* The suite refuses to be built without; a scale of 0 changes no window:
 * pbuf. */
#define LWIP_WND_SCALE                  1
#define TCP_RCV_SCALE                   0

/* The tests use a few at a time: udp (PCBs), timers (time-outs). */
#undef  MEMP_NUM_UDP_PCB
#define MEMP_NUM_UDP_PCB                8
#undef  MEMP_NUM_SYS_TIMEOUT
#define MEMP_NUM_SYS_TIMEOUT            (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 8)

#endif
