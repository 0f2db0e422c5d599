/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_peer.c - makes frames of Ethernet, ARP, IP, TCP and DHCP with right
 * checksums, and reads those that the stack sends
 */
#include "fuzz_peer.h"

#include <stdlib.h>
#include <string.h>

#define ETHERNET_BYTES  14
#define IP4_BYTES       20
#define IP6_BYTES       40
#define TCP_BYTES       20
#define FRAME_SENT_MAX  1514
#define FIRST_PORT      4000
#define FIRST_IP6       6 /* connection */
#define FIN             1
#define SYN             2
#define RST             4
#define ACK             16
#define PROTOCOL_ICMP   1
#define PROTOCOL_TCP    6
#define PROTOCOL_UDP    17
#define PROTOCOL_ICMP6  58

static const uint8_t us[6] = { 0x52, 0x54, 0, 0, 0, 2 };
static const uint8_t peer[6] = { 2, 0, 0, 0, 0, 0x63 };
static const uint8_t our_ip4[4] = { 192, 168, 0, 2 };
static const uint8_t peer_ip4[4] = { 192, 168, 0, 1 };
static const uint8_t our_ip6[16] = { 0xfd, [15] = 2 };
static const uint8_t peer_ip6[16] = { 0xfd, [15] = 0x63 };

static struct {
    uint32_t seq; /* what the stack expects next of us */
    uint32_t ack; /* what we expect next of it */
} connections[PEER_CONNECTIONS];
static uint8_t dhcp_xid[4];

void peer_forget(void)
{
    memset(connections, 0, sizeof(connections));
    memset(dhcp_xid, 0, sizeof(dhcp_xid));
}

static void claim(bool is_true)
{
    if (!is_true)
        abort();
}

/* ---- bytes ---- */

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = value >> 8;
    at[1] = value & 0xff;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static uint16_t get16(const uint8_t *at)
{
    return at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static uint32_t add_up(const uint8_t *data, size_t bytes, uint32_t sum)
{
    size_t i;

    for (i = 0; i < bytes; i++)
        sum += i % 2 ? data[i] : data[i] << 8;
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

/* Where the checksum stands in a protocol's header; 0: it has none. */
static size_t checksum_at(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMP6: return 2;
    case PROTOCOL_TCP: return 16;
    case PROTOCOL_UDP: return 6;
    default: return 0;
    }
}

/* The checksum over payload and IP addresses, both of which stand at
 * `addresses`. */
static uint16_t transport_sum(const uint8_t *addresses, size_t address_bytes,
                              uint8_t protocol, const uint8_t *payload,
                              size_t bytes)
{
    uint32_t sum = 0;

    if (protocol != PROTOCOL_ICMP)
        sum = add_up(addresses, address_bytes, protocol + bytes);
    return fold(add_up(payload, bytes, sum));
}

/* ---- frames to the stack ---- */

static void put_ethernet(uint8_t *frame, uint16_t type)
{
    memcpy(frame, us, sizeof(us));
    memcpy(frame + 6, peer, sizeof(peer));
    put16(frame + 12, type);
}

static void mend(uint8_t protocol, const uint8_t *addresses,
                 size_t address_bytes, uint8_t *payload, size_t bytes)
{
    size_t at = checksum_at(protocol);

    if (at == 0 || bytes < at + 2)
        return;
    put16(payload + at, 0);
    put16(payload + at, transport_sum(addresses, address_bytes, protocol,
                                      payload, bytes));
}

static size_t limit(size_t bytes, size_t before)
{
    size_t most = PEER_FRAME_BYTES_MAX - before;

    return bytes < most ? bytes : most;
}

size_t peer_make_packet4(uint8_t *frame, uint8_t protocol,
                         const uint8_t *payload, size_t bytes)
{
    uint8_t *ip = frame + ETHERNET_BYTES;

    bytes = limit(bytes, ETHERNET_BYTES + IP4_BYTES);
    put_ethernet(frame, 0x0800);
    memset(ip, 0, IP4_BYTES);
    ip[0] = 0x45;
    put16(ip + 2, IP4_BYTES + bytes);
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, peer_ip4, 4);
    memcpy(ip + 16, our_ip4, 4);
    put16(ip + 10, fold(add_up(ip, IP4_BYTES, 0)));
    memmove(ip + IP4_BYTES, payload, bytes);
    mend(protocol, ip + 12, 8, ip + IP4_BYTES, bytes);
    return ETHERNET_BYTES + IP4_BYTES + bytes;
}

/* The lower two bits of destination: 0 unicast, 1 all nodes, 2 our
 * solicited-node group, 3 link-local.  Bit 2: a router sends it. */
size_t peer_make_packet6(uint8_t *frame, uint8_t next, uint8_t destination,
                         const uint8_t *payload, size_t bytes)
{
    static const uint8_t destinations[4][16] = {
        { 0xfd, [15] = 2 },
        { 0xff, 2, [15] = 1 },
        { 0xff, 2, [11] = 1, [12] = 0xff, [15] = 2 },
        { 0xfe, 0x80, [8] = 0x50, 0x54, 0, 0xff, 0xfe, 0, 0, 2 },
    };
    uint8_t *ip = frame + ETHERNET_BYTES;

    bytes = limit(bytes, ETHERNET_BYTES + IP6_BYTES);
    put_ethernet(frame, 0x86dd);
    memset(ip, 0, IP6_BYTES);
    ip[0] = 0x60;
    put16(ip + 4, bytes);
    ip[6] = next;
    ip[7] = 255;
    memcpy(ip + 8, peer_ip6, 16);
    if (destination & 4) /* routers send from a link-local address */
        memcpy(ip + 8, (uint8_t[]){ 0xfe, 0x80 }, 2);
    memcpy(ip + 24, destinations[destination % 4], 16);
    if (ip[24] == 0xff) {
        memcpy(frame, (uint8_t[]){ 0x33, 0x33 }, 2);
        memcpy(frame + 2, ip + 36, 4);
    }
    memmove(ip + IP6_BYTES, payload, bytes);
    mend(next, ip + 8, 32, ip + IP6_BYTES, bytes);
    return ETHERNET_BYTES + IP6_BYTES + bytes;
}

size_t peer_make_segment(uint8_t *frame, const struct peer_segment *segment)
{
    static uint8_t tcp[PEER_FRAME_BYTES_MAX];
    unsigned int which = segment->which % PEER_CONNECTIONS;
    size_t head = TCP_BYTES + (segment->option_bytes + 3) / 4 * 4;
    size_t data = limit(segment->data_bytes, ETHERNET_BYTES + IP6_BYTES +
                        head), i;

    memset(tcp, 0, TCP_BYTES + sizeof(segment->options));
    put16(tcp, FIRST_PORT + which);
    put16(tcp + 2, PEER_PORT);
    put32(tcp + 4, connections[which].seq + segment->seq_offset);
    put32(tcp + 8, connections[which].ack + segment->ack_offset);
    tcp[12] = head / 4 << 4;
    tcp[13] = segment->flags;
    put16(tcp + 14, segment->window);
    memcpy(tcp + TCP_BYTES, segment->options, segment->option_bytes);
    for (i = 0; i < data; i++)
        tcp[head + i] = (uint8_t)('a' + i % 26);
    if (which >= FIRST_IP6)
        return peer_make_packet6(frame, PROTOCOL_TCP, 0, tcp, head + data);
    return peer_make_packet4(frame, PROTOCOL_TCP, tcp, head + data);
}

size_t peer_make_arp(uint8_t *frame, uint8_t operation)
{
    static const uint8_t body[] = { 0, 1, 8, 0, 6, 4, 0 };
    uint8_t *arp = frame + ETHERNET_BYTES;

    put_ethernet(frame, 0x0806);
    memcpy(arp, body, sizeof(body));
    arp[7] = operation;
    memcpy(arp + 8, peer, 6);
    memcpy(arp + 14, peer_ip4, 4);
    memset(arp + 18, 0, 6);
    memcpy(arp + 24, our_ip4, 4);
    return ETHERNET_BYTES + 28;
}

/* A DHCP server answers the last request [RFC 2131, 2]. */
size_t peer_make_dhcp(uint8_t *frame, uint8_t type, const uint8_t *options,
                      size_t bytes)
{
    static const uint8_t cookie[] = { 99, 130, 83, 99, 53, 1, 0,
                                      54, 4, 192, 168, 0, 1 };
    static uint8_t udp[2048];
    uint8_t *dhcp = udp + 8;
    size_t head = 8 + 236 + sizeof(cookie), length;

    if (bytes > sizeof(udp) - head)
        bytes = sizeof(udp) - head;
    memset(udp, 0, head);
    put16(udp, 67);
    put16(udp + 2, 68);
    put16(udp + 4, head + bytes);
    memcpy(dhcp, (uint8_t[]){ 2, 1, 6, 0 }, 4);
    memcpy(dhcp + 4, dhcp_xid, sizeof(dhcp_xid));
    memcpy(dhcp + 16, our_ip4, 4); /* yours */
    memcpy(dhcp + 28, us, sizeof(us));
    memcpy(dhcp + 236, cookie, sizeof(cookie));
    dhcp[236 + 6] = type;
    memcpy(udp + head, options, bytes);
    length = peer_make_packet4(frame, PROTOCOL_UDP, udp, head + bytes);
    return length;
}

/* ---- frames from the stack ---- */

static void take_segment(const uint8_t *tcp, size_t bytes)
{
    unsigned int which = get16(tcp + 2) - FIRST_PORT;
    size_t head = (tcp[12] >> 4) * 4;
    uint32_t next;

    claim(head >= TCP_BYTES && head <= bytes);
    if (which >= PEER_CONNECTIONS)
        return;
    next = get32(tcp + 4) + (bytes - head) + ((tcp[13] & (SYN | FIN)) != 0);
    if ((tcp[13] & (SYN | RST)) ||
        (int32_t)(next - connections[which].ack) > 0)
        connections[which].ack = next;
    if (tcp[13] & ACK)
        connections[which].seq = get32(tcp + 8);
}

static void take_payload(const uint8_t *addresses, size_t address_bytes,
                         uint8_t protocol, const uint8_t *payload,
                         size_t bytes)
{
    if (checksum_at(protocol)) {
        claim(bytes >= checksum_at(protocol) + 2);
        claim(transport_sum(addresses, address_bytes, protocol, payload,
                            bytes) == 0);
    }
    if (protocol == PROTOCOL_TCP)
        take_segment(payload, bytes);
    if (protocol == PROTOCOL_UDP && bytes >= 8 + 8 && get16(payload) == 68)
        memcpy(dhcp_xid, payload + 8 + 4, sizeof(dhcp_xid));
}

void peer_take(const uint8_t *frame, size_t bytes)
{
    const uint8_t *ip = frame + ETHERNET_BYTES;
    size_t length;

    claim(bytes >= ETHERNET_BYTES && bytes <= FRAME_SENT_MAX);
    claim(!memcmp(frame + 6, us, sizeof(us)));
    switch (get16(frame + 12)) {
    case 0x0800:
        claim(bytes >= ETHERNET_BYTES + IP4_BYTES);
        length = get16(ip + 2);
        claim(ip[0] == 0x45 && length >= IP4_BYTES &&
              length <= bytes - ETHERNET_BYTES);
        claim(fold(add_up(ip, IP4_BYTES, 0)) == 0);
        take_payload(ip + 12, 8, ip[9], ip + IP4_BYTES, length - IP4_BYTES);
        break;
    case 0x86dd:
        claim(bytes >= ETHERNET_BYTES + IP6_BYTES);
        length = get16(ip + 4);
        claim(ip[0] >> 4 == 6 && length <= bytes - ETHERNET_BYTES - IP6_BYTES);
        take_payload(ip + 8, 32, ip[6], ip + IP6_BYTES, length);
        break;
    case 0x0806:
        claim(bytes >= ETHERNET_BYTES + 28);
        break;
    default:
        abort();
    }
}
