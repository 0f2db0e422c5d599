/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwip_hooks.h - where we step into lwIP's TCP (LWIP_HOOK_FILENAME)
 *
 * lwIP's own source stays as Debian ships it; what it lacks against a
 * hostile network is here.
 */
#ifndef LWIP_PORT_LWIP_HOOKS_H
#define LWIP_PORT_LWIP_HOOKS_H

#include "lwip/err.h"
#include "lwip/ip_addr.h"
#include "lwip/prot/tcp.h"
#include "lwip/tcp.h"

struct lwip_hook_counts {
    uint64_t out_of_window;    /* segments dropped that lay outside of it */
    uint64_t unsound_acknowledgements; /* segments dropped that acknowledged
                                * nothing, or what their peer cannot have */
    uint64_t syn_on_connected; /* SYNs of a connected peer (RFC 5961, 4.2) */
    uint64_t challenges;       /* ACKs sent in answer to such segments, and to
                                * resets at the wrong place */
    uint64_t half_open_reaped; /* half-open connections dropped for new ones */
};

extern struct lwip_hook_counts lwip_hook_counts;

/* The first sequence number of a connection: RFC 6528, a clock of 4 us plus
 * a keyed hash of the connection's addresses. */
u32_t lwip_hook_tcp_isn(const ip_addr_t *local_ip, u16_t local_port,
                        const ip_addr_t *remote_ip, u16_t remote_port);

/* Looks at each segment that found a connection or a listener, before lwIP
 * does.  ERR_OK lets it pass, anything else drops it.  The connection's
 * ext_args[0] is this function's own. */
err_t lwip_hook_tcp_inpacket(struct tcp_pcb *pcb, struct tcp_hdr *header,
                             u16_t option_bytes, u16_t first_option_bytes,
                             u8_t *more_options, struct pbuf *payload);

#endif
