/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwip_hooks.c - what lwIP's TCP lacks against a hostile network: the checks
 * of each segment before lwIP sees it, and unpredictable sequence numbers
 */
#include "lwip_hooks.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "lwip/priv/tcp_priv.h"

#include "siphash.h"

struct lwip_hook_counts lwip_hook_counts;

u32_t lwip_hook_tcp_isn(const ip_addr_t *local_ip, u16_t local_port,
                        const ip_addr_t *remote_ip, u16_t remote_port)
{
    static uint32_t key[SIPHASH_KEY_BYTES / sizeof(uint32_t)];
    static bool has_key;
    struct {
        ip_addr_t local_ip, remote_ip;
        uint16_t local_port, remote_port;
    } connection;
    struct timespec now;
    size_t i;

    for (i = 0; !has_key && i < LWIP_ARRAYSIZE(key); i++)
        key[i] = LWIP_RAND();
    has_key = true;

    memset(&connection, 0, sizeof(connection)); /* padding is hashed too */
    ip_addr_copy(connection.local_ip, *local_ip);
    ip_addr_copy(connection.remote_ip, *remote_ip);
    connection.local_port = local_port;
    connection.remote_port = remote_port;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u32_t)(siphash((const uint8_t *)key, &connection,
                           sizeof(connection)) +
                   now.tv_sec * 250000ull + now.tv_nsec / 4000);
}

/* Called when a new connection is about to be made.  When too many are
 * half-open, it drops the oldest one without sending a reset: that one's
 * sender is most likely invented. */
static void reap_half_open(void)
{
    struct tcp_pcb *pcb, *oldest = NULL;
    unsigned int count = 0;

    for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next) {
        if (pcb->state != SYN_RCVD)
            continue;
        count++;
        /* lwIP puts new connections at the list's front: of those that are
         * equally old in ticks, the last one in the list is the oldest. */
        if (!oldest || tcp_ticks - pcb->tmr >= tcp_ticks - oldest->tmr)
            oldest = pcb;
    }
    if (count >= NET_HALF_OPEN_MAX) {
        tcp_abandon(oldest, 0);
        lwip_hook_counts.half_open_reaped++;
    }
}

/* Whether the segment ends behind the window that we have offered.  A segment
 * of one byte may end one byte behind it: that is how a sender probes a closed
 * window.  No segment may begin behind the window, even without data: lwIP
 * would take the peer's window from it, and from no other segment after it. */
static bool is_beyond_window(const struct tcp_pcb *pcb,
                             const struct tcp_hdr *header, u32_t length)
{
    u32_t edge = pcb->rcv_nxt + pcb->rcv_wnd;
    u32_t end = header->seqno + (length > 1 ? length : 0);

    return TCP_SEQ_GT(end, edge);
}

/* The persist timer probes a closed window.  lwIP counts the probes' bytes as
 * unsent, as it does all bytes that are to be repeated.  When the peer
 * acknowledges all of those, and the FIN that snd_lbb may not count, nothing
 * is left to probe with; lwIP leaves the timer on and fails an assertion at
 * its next tick.  So any progress ends the probing here.  If bytes are left,
 * tcp_output(), which lwIP calls after each segment, starts the timer anew,
 * with the shortest interval. */
static void stop_persist_timer(struct tcp_pcb *pcb,
                               const struct tcp_hdr *header)
{
    if ((TCPH_FLAGS(header) & TCP_ACK) &&
        TCP_SEQ_GT(header->ackno, pcb->lastack))
        pcb->persist_backoff = 0;
}

/* Makes lwIP ignore the options of a segment that is no SYN: the two sides
 * agree on options by their SYNs.  lwIP would take a maximum segment size from
 * any segment, and then fail an assertion about a longer segment that it has
 * queued before. */
static void end_options(struct tcp_hdr *header, u16_t option_bytes,
                        u16_t first_option_bytes, u8_t *more_options)
{
    u8_t *options = first_option_bytes > 0 ? (u8_t *)(header + 1)
                                           : more_options;

    if (option_bytes > 0)
        options[0] = LWIP_TCP_OPT_EOL;
}

/* tcp_write() bounds a segment by half of the widest window that the peer has
 * offered, or not at all if the peer has not offered any yet; such a segment
 * would later be too long, and an assertion would fail.  So a window that is
 * closed at first counts as one of two segments. */
static void bound_window(struct tcp_pcb *pcb)
{
    if (pcb->snd_wnd_max < 2)
        pcb->snd_wnd_max = 2 * pcb->mss;
}

err_t lwip_hook_tcp_inpacket(struct tcp_pcb *pcb, struct tcp_hdr *header,
                             u16_t option_bytes, u16_t first_option_bytes,
                             u8_t *more_options, struct pbuf *payload)
{
    u8_t flags = TCPH_FLAGS(header);
    u32_t length = payload->tot_len + ((flags & (TCP_FIN | TCP_SYN)) != 0);

    if (pcb->state == LISTEN) {
        if ((flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
            reap_half_open();
        return ERR_OK;
    }
    if (pcb->state == TIME_WAIT || (flags & TCP_RST))
        return ERR_OK;
    if (pcb->state == SYN_RCVD && (flags & TCP_SYN))
        /* A bare SYN here is a repetition of the first one.  A client never
         * sends a SYN with an ACK to a server. */
        return flags & TCP_ACK ? ERR_VAL : ERR_OK;
    if (flags & TCP_SYN) {
        /* A client that was reset without our knowing answers this ACK with
         * a RST and then gets its new connection. */
        lwip_hook_counts.syn_on_connected++;
        tcp_ack_now(pcb);
        tcp_output(pcb);
        return ERR_VAL;
    }
    if (is_beyond_window(pcb, header, length)) {
        lwip_hook_counts.beyond_window++;
        return ERR_VAL;
    }
    end_options(header, option_bytes, first_option_bytes, more_options);
    if (pcb->state == SYN_RCVD)
        bound_window(pcb);
    stop_persist_timer(pcb, header);
    return ERR_OK;
}
