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
#include "lwip/sys.h"

#include "siphash.h"

/* The least time between two challenge ACKs of one connection.  A bound for
 * all connections together would tell a stranger of others' connections. */
#define CHALLENGE_MS 500

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

/* ---- RFC 5961: segments that somebody else may have invented ---- */

/* Sends what the peer, if the segment was its own, sees from what we have and
 * expect (RFC 5961, 7 asks for a bound), and drops the segment. */
static err_t challenge(struct tcp_pcb *pcb)
{
    void **last = &pcb->ext_args[0].data;
    u32_t now = sys_now() | 1; /* 0: there was none yet */

    if (*last && now - (u32_t)(uintptr_t)*last < CHALLENGE_MS)
        return ERR_VAL;
    *last = (void *)(uintptr_t)now;
    lwip_hook_counts.challenges++;
    tcp_ack_now(pcb);
    tcp_output(pcb);
    return ERR_VAL;
}

/* RFC 5961, 3.2: only what stands exactly where the next byte is expected
 * resets a connection.  lwIP would do the same, but without a bound for its
 * answers. */
static err_t check_reset(struct tcp_pcb *pcb, const struct tcp_hdr *header)
{
    if (header->seqno == pcb->rcv_nxt)
        return ERR_OK;
    if (TCP_SEQ_BETWEEN(header->seqno, pcb->rcv_nxt,
                        pcb->rcv_nxt + pcb->rcv_wnd))
        return challenge(pcb);
    return ERR_VAL;
}

/* Whether the segment lies outside of all windows that we have offered of
 * late.  A segment of one byte may end one byte behind the window: that is how
 * a sender probes a closed one.  No segment may begin behind the window, even
 * without data: lwIP would take the peer's window from it, and from no other
 * segment after it.  A repetition may begin as far back as a sender can have
 * sent without an acknowledgement; lwIP would take an acknowledgement from a
 * segment anywhere before the window. */
static bool is_out_of_window(const struct tcp_pcb *pcb,
                             const struct tcp_hdr *header, u32_t length)
{
    u32_t edge = pcb->rcv_nxt + pcb->rcv_wnd;
    u32_t end = header->seqno + (length > 1 ? length : 0);

    return TCP_SEQ_GT(end, edge) ||
           TCP_SEQ_LT(header->seqno, pcb->rcv_nxt - TCP_WND);
}

/* Whether the segment acknowledges what its peer can: RFC 5961, 5.2.  One that
 * acknowledges less than another must be older than that one.  lwIP would take
 * the peer's window from it if it were newer (SND.WL1), and from no other
 * segment after it. */
static bool is_acknowledgement_sound(const struct tcp_pcb *pcb,
                                     const struct tcp_hdr *header)
{
    if (!(TCPH_FLAGS(header) & TCP_ACK))
        return false;
    if (!TCP_SEQ_BETWEEN(header->ackno, pcb->lastack - pcb->snd_wnd_max,
                         pcb->snd_nxt))
        return false;
    return !TCP_SEQ_LT(header->ackno, pcb->lastack) ||
           !TCP_SEQ_GT(header->seqno, pcb->snd_wl1);
}

/* A segment of a connection that is established, or was. */
static err_t check_established(struct tcp_pcb *pcb,
                               const struct tcp_hdr *header, u32_t length)
{
    if (TCPH_FLAGS(header) & TCP_SYN) {
        /* RFC 5961, 4.2.  A client that was reset without our knowing answers
         * this ACK with a RST and then gets its new connection. */
        lwip_hook_counts.syn_on_connected++;
        return challenge(pcb);
    }
    if (pcb->state != TIME_WAIT && is_out_of_window(pcb, header, length)) {
        lwip_hook_counts.out_of_window++;
        return challenge(pcb);
    }
    if (!is_acknowledgement_sound(pcb, header)) {
        lwip_hook_counts.unsound_acknowledgements++;
        return challenge(pcb);
    }
    return ERR_OK;
}

/* A segment of a connection whose handshake is not over.  lwIP itself checks
 * what it acknowledges, and answers with a reset (RFC 9293, 3.10.7.4). */
static err_t check_half_open(const struct tcp_pcb *pcb,
                             const struct tcp_hdr *header, u32_t length)
{
    u8_t flags = TCPH_FLAGS(header) & (TCP_SYN | TCP_ACK);

    /* A bare SYN here is a repetition of the first one.  A client never sends
     * a SYN with an ACK to a server. */
    if (flags == TCP_SYN)
        return ERR_OK;
    if (flags != TCP_ACK)
        return ERR_VAL;
    if (is_out_of_window(pcb, header, length)) {
        lwip_hook_counts.out_of_window++;
        return ERR_VAL;
    }
    return ERR_OK;
}

/* ---- what lwIP makes of segments that are sound ---- */

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

/* Ends the options before the first one that has no length or a wrong one, of
 * which lwIP would read a byte behind the header (upstream: 3d896ba0). */
static void cut_malformed_options(struct tcp_hdr *header, u16_t option_bytes,
                                  u16_t first_option_bytes,
                                  u8_t *more_options)
{
    u8_t *options = (u8_t *)(header + 1);
    u16_t at = 0;

    if (first_option_bytes < option_bytes) {
        /* No card hands over the header in pieces. */
        end_options(header, option_bytes, first_option_bytes, more_options);
        return;
    }
    while (at < option_bytes && options[at] != LWIP_TCP_OPT_EOL) {
        u16_t left = option_bytes - at;

        if (options[at] == LWIP_TCP_OPT_NOP) {
            at++;
            continue;
        }
        if (left < 2 || options[at + 1] < 2 || options[at + 1] > left) {
            options[at] = LWIP_TCP_OPT_EOL;
            return;
        }
        at += options[at + 1];
    }
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
    err_t rc;

    if (flags & TCP_SYN)
        cut_malformed_options(header, option_bytes, first_option_bytes,
                              more_options);
    if (pcb->state == LISTEN) {
        if ((flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
            reap_half_open();
        return ERR_OK;
    }
    if (flags & TCP_RST)
        return check_reset(pcb, header);
    if (pcb->state == SYN_RCVD)
        rc = check_half_open(pcb, header, length);
    else
        rc = check_established(pcb, header, length);
    if (rc != ERR_OK || pcb->state == TIME_WAIT || (flags & TCP_SYN))
        return rc;
    end_options(header, option_bytes, first_option_bytes, more_options);
    if (pcb->state == SYN_RCVD)
        bound_window(pcb);
    stop_persist_timer(pcb, header);
    return ERR_OK;
}
