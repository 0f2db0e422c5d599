/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip6_filter.c - which IPv6 frames lwIP gets to see
 */
#include "ip6_filter.h"

#include <string.h>

#include "lwip/priv/nd6_priv.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/icmp6.h"
#include "lwip/prot/ip6.h"
#include "lwip/prot/nd6.h"

#include "netif_address.h"

/* Offsets in an IPv6 header: RFC 8200, 3. */
#define LENGTH_AT       4
#define NEXT_HEADER_AT  6
#define HOP_LIMIT_AT    7
#define SOURCE_AT       8
#define DESTINATION_AT  24

/* Offsets in ICMPv6's messages: RFC 4443, 3.2; RFC 4861, 4.3 and 4.4. */
#define MTU_AT          4
#define CULPRIT_AT      8 /* the packet that was too big */
#define TARGET_AT       8
#define OPTIONS_AT      24

/* Of the culprit's TCP header only these bytes are there for certain. */
#define TCP_SEQNO_AT    4
#define TCP_BYTES       8

#define ADDRESS_BYTES   16
#define OPTION_UNIT     8 /* RFC 4861, 4.6 */

struct packet {
    struct netif *netif;
    const uint8_t *sender;    /* its MAC address */
    const uint8_t *header;    /* IPv6's */
    const uint8_t *message;   /* ICMPv6's */
    size_t bytes;             /* of the message */
};

static uint16_t get16(const uint8_t *at)
{
    return at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static bool is_same(const ip6_addr_t *address, const uint8_t *bytes)
{
    return !memcmp(address->addr, bytes, ADDRESS_BYTES);
}

static bool is_any(const uint8_t *address)
{
    static const uint8_t any[ADDRESS_BYTES];

    return !memcmp(address, any, ADDRESS_BYTES);
}

/* ---- packet too big ---- */

/* Whether the connection has sent these bytes, and they are not acknowledged:
 * a stranger would have to guess that. */
static bool has_sent(const struct tcp_pcb *pcb, const uint8_t *header,
                     const uint8_t *tcp)
{
    return IP_IS_V6(&pcb->remote_ip) &&
           is_same(ip_2_ip6(&pcb->local_ip), header + SOURCE_AT) &&
           is_same(ip_2_ip6(&pcb->remote_ip), header + DESTINATION_AT) &&
           pcb->local_port == get16(tcp) &&
           pcb->remote_port == get16(tcp + 2) &&
           TCP_SEQ_GEQ(get32(tcp + TCP_SEQNO_AT), pcb->lastack) &&
           TCP_SEQ_LT(get32(tcp + TCP_SEQNO_AT), pcb->snd_nxt);
}

static bool takes_too_big(const struct packet *packet)
{
    const uint8_t *culprit = packet->message + CULPRIT_AT;
    const struct tcp_pcb *pcb;
    uint32_t mtu;

    if (packet->bytes < CULPRIT_AT + IP6_HLEN + TCP_BYTES ||
        culprit[NEXT_HEADER_AT] != IP6_NEXTH_TCP)
        return false;
    mtu = get32(packet->message + MTU_AT);
    if (mtu < IP6_MIN_MTU_LENGTH || mtu >= packet->netif->mtu)
        return false;
    for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (has_sent(pcb, culprit, culprit + IP6_HLEN))
            return true;
    return false;
}

/* ---- neighbour discovery ---- */

/* Whether all options have a length and fit (RFC 4861, 7.1). */
static bool are_options_sound(const struct packet *packet)
{
    size_t at = OPTIONS_AT;

    while (at < packet->bytes) {
        size_t left = packet->bytes - at, length;

        if (left < OPTION_UNIT)
            return false;
        length = packet->message[at + 1] * OPTION_UNIT;
        if (length == 0 || length > left)
            return false;
        at += length;
    }
    return packet->bytes >= OPTIONS_AT;
}

/* Whether the first option is the link-layer address; there may be none. */
static bool begins_with_address(const struct packet *packet, uint8_t type)
{
    return packet->bytes == OPTIONS_AT ||
           (packet->message[OPTIONS_AT] == type &&
            packet->message[OPTIONS_AT + 1] == 1);
}

static bool takes_advertisement(const struct packet *packet)
{
    struct netif *netif = packet->netif;
    int i;

    /* From beyond a router nobody's address is known. */
    if (packet->header[HOP_LIMIT_AT] != ND6_HOPLIM ||
        !are_options_sound(packet) ||
        !begins_with_address(packet, ND6_OPTION_TYPE_TARGET_LLADDR))
        return false;
    for (i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        if (!ip6_addr_isvalid(netif_ip6_addr_state(netif, i)) ||
            !is_same(netif_ip6_addr(netif, i), packet->message + TARGET_AT))
            continue;
        netif_address_take_claim(netif, i, packet->sender);
        return false;
    }
    return true;
}

/* Of one without a source, which looks for duplicates, lwIP uses no option. */
static bool takes_solicitation(const struct packet *packet)
{
    return are_options_sound(packet) &&
           (is_any(packet->header + SOURCE_AT) ||
            begins_with_address(packet, ND6_OPTION_TYPE_SOURCE_LLADDR));
}

/* ---- all ---- */

static bool is_mld(const uint8_t *message)
{
    return message[0] == ICMP6_TYPE_MLQ || message[0] == ICMP6_TYPE_MLR ||
           message[0] == ICMP6_TYPE_MLD;
}

static bool takes_icmp6(const struct packet *packet)
{
    switch (packet->message[0]) {
    case ICMP6_TYPE_PTB:
        return takes_too_big(packet);
    case ICMP6_TYPE_NA:
        return takes_advertisement(packet);
    case ICMP6_TYPE_NS:
        return takes_solicitation(packet);
    case ICMP6_TYPE_RD:
        return false;
    default:
        return true;
    }
}

bool ip6_filter_takes(struct netif *netif, const uint8_t *frame,
                      size_t bytes)
{
    struct packet packet = {
        .netif = netif,
        .sender = frame + ETH_HWADDR_LEN,
        .header = frame + SIZEOF_ETH_HDR,
        .message = frame + SIZEOF_ETH_HDR + IP6_HLEN,
    };
    const uint8_t *options = packet.message; /* of the hop-by-hop header */
    size_t option_bytes;

    if (bytes < SIZEOF_ETH_HDR + IP6_HLEN)
        return false;
    packet.bytes = get16(packet.header + LENGTH_AT);
    if (packet.bytes > bytes - SIZEOF_ETH_HDR - IP6_HLEN)
        return false;
    switch (packet.header[NEXT_HEADER_AT]) {
    case IP6_NEXTH_TCP:
        return true;
    case IP6_NEXTH_ICMP6:
        return packet.bytes >= ICMP6_HLEN && takes_icmp6(&packet);
    case IP6_NEXTH_HOPBYHOP:
        if (packet.bytes < OPTION_UNIT || options[0] != IP6_NEXTH_ICMP6)
            return false;
        option_bytes = (options[1] + 1) * OPTION_UNIT;
        return packet.bytes >= option_bytes + ICMP6_HLEN &&
               is_mld(options + option_bytes);
    default:
        return false;
    }
}
