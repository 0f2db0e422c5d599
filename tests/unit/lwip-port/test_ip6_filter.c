/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ip6_filter.c - which IPv6 frames lwIP gets to see
 */
#include <arpa/inet.h>

#include "lwip/init.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/icmp6.h"
#include "lwip/prot/ip6.h"

#include "ip6_filter.h"
#include "netif_address.h"

#include "unit/unit.h"

#define OURS    "fd00::2"
#define PEER    "fd00::1"
#define ANY     "::"
#define HOPS    255

static struct netif netif;
static uint8_t frame[SIZEOF_ETH_HDR + 2000];
static unsigned int sent; /* frames of ours */
static uint8_t last_sent[2000];

static err_t transmit(struct netif *unused, struct pbuf *p)
{
    (void)unused;
    pbuf_copy_partial(p, last_sent, p->tot_len, 0);
    sent++;
    return ERR_OK;
}

static err_t output_ip6(struct netif *to, struct pbuf *p,
                        const ip6_addr_t *address)
{
    (void)address;
    return transmit(to, p);
}

static err_t initialise(struct netif *one)
{
    one->mtu = 1500;
    one->hwaddr_len = ETH_HWADDR_LEN;
    memcpy(one->hwaddr, "\2\0\0\0\0\2", ETH_HWADDR_LEN);
    one->linkoutput = transmit;
    one->output_ip6 = output_ip6;
    return ERR_OK;
}

static int start(void **state)
{
    (void)state;
    if (netif.flags)
        return 0; /* lwIP starts once, for whichever test is first */
    lwip_init();
    assert_non_null(netif_add(&netif, IP4_ADDR_ANY4, IP4_ADDR_ANY4,
                              IP4_ADDR_ANY4, NULL, initialise, NULL));
    netif.flags |= NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
    inet_pton(AF_INET6, OURS, ip_2_ip6(&netif.ip6_addr[1])->addr);
    IP_SET_TYPE_VAL(netif.ip6_addr[1], IPADDR_TYPE_V6);
    netif.ip6_addr_state[1] = IP6_ADDR_PREFERRED;
    return 0;
}

/* Whether the packet is taken; it has `bytes` bytes of payload. */
static bool takes(const char *source, uint8_t next_header, uint8_t hops,
                  const void *payload, size_t bytes)
{
    uint8_t *header = frame + SIZEOF_ETH_HDR;

    memset(frame, 0, sizeof(frame));
    memcpy(frame + ETH_HWADDR_LEN, "\2\0\0\0\0\1", ETH_HWADDR_LEN);
    header[0] = 0x60;
    header[4] = bytes >> 8;
    header[5] = bytes & 0xff;
    header[6] = next_header;
    header[7] = hops;
    inet_pton(AF_INET6, source, header + 8);
    inet_pton(AF_INET6, OURS, header + 24);
    memcpy(header + IP6_HLEN, payload, bytes);
    return ip6_filter_takes(&netif, frame, SIZEOF_ETH_HDR + IP6_HLEN + bytes);
}

/* A solicitation or an advertisement with these bytes of options. */
static bool takes_neighbour(const char *source, uint8_t type, uint8_t hops,
                            const char *target, const void *options,
                            size_t option_bytes)
{
    uint8_t message[24 + 64] = { type };

    inet_pton(AF_INET6, target, message + 8);
    memcpy(message + 24, options, option_bytes);
    return takes(source, IP6_NEXTH_ICMP6, hops, message, 24 + option_bytes);
}

#define SOURCE_MAC "\1\1\2\0\0\0\0\1"
#define TARGET_MAC "\2\1\2\0\0\0\0\1"
#define NONCE      "\16\1abcdef"

static bool advertises(const char *target, const void *options, size_t bytes)
{
    return takes_neighbour(PEER, ICMP6_TYPE_NA, HOPS, target, options, bytes);
}

static bool solicits(const char *source, const void *options, size_t bytes)
{
    return takes_neighbour(source, ICMP6_TYPE_NS, HOPS, OURS, options, bytes);
}

/* ---- what is true ---- */

/* C4. */
static void trust_net_address_in_use_is_defended(void **state)
{
    const uint8_t *message = last_sent + IP6_HLEN;
    uint8_t ours[16];

    (void)state;
    sent = 0;
    assert_false(advertises(OURS, TARGET_MAC, 8));
    assert_int_equal(sent, 1);
    inet_pton(AF_INET6, OURS, ours);
    assert_int_equal(message[0], ICMP6_TYPE_NA);
    assert_memory_equal(message + 8, ours, 16);
    assert_memory_equal(message + 24, "\2\1\2\0\0\0\0\2", 8);
    /* Not again and again, nor for who is not on this network. */
    assert_false(advertises(OURS, TARGET_MAC, 8));
    assert_false(takes_neighbour(PEER, ICMP6_TYPE_NA, 254, OURS, TARGET_MAC,
                                 8));
    assert_int_equal(sent, 1);
    /* While it is not in use yet, it is somebody else's. */
    netif.ip6_addr_state[1] = IP6_ADDR_TENTATIVE;
    assert_true(advertises(OURS, TARGET_MAC, 8));
    netif.ip6_addr_state[1] = IP6_ADDR_PREFERRED;
    assert_true(advertises("fd00::3", TARGET_MAC, 8));
}

/* C6: lwIP 8e75a40a, 0a65e654. */
static void trust_net_no_other_option_becomes_a_mac(void **state)
{
    (void)state;
    assert_true(advertises("fd00::3", "", 0));
    assert_true(advertises("fd00::3", TARGET_MAC NONCE, 16));
    assert_false(advertises("fd00::3", NONCE, 8));
    assert_false(advertises("fd00::3", SOURCE_MAC, 8));
    assert_false(advertises("fd00::3", "\2\0", 2));
    assert_false(advertises("fd00::3", "\2\0\2\0\0\0\0\1", 8));
    assert_false(advertises("fd00::3", "\2\2\2\0\0\0\0\1", 8));
    assert_false(advertises("fd00::3", TARGET_MAC "\16\0abcdef", 16));
    assert_true(solicits(PEER, SOURCE_MAC, 8));
    assert_false(solicits(PEER, NONCE, 8));
    assert_false(solicits(PEER, "\1\0\2\0\0\0\0\1", 8));
    /* Linux sends this when it looks for a duplicate (RFC 7527). */
    assert_true(solicits(ANY, NONCE, 8));
    assert_false(solicits(ANY, "\16\0abcdef", 8));
    assert_false(takes(PEER, IP6_NEXTH_ICMP6, HOPS, "\210\0\0\0\0\0\0\0", 8));
}

static bool is_too_big(uint32_t mtu, const char *destination, uint16_t port,
                       uint32_t seqno)
{
    uint8_t message[8 + IP6_HLEN + 20] = { ICMP6_TYPE_PTB };
    uint8_t *culprit = message + 8;
    uint16_t ports[2] = { htons(1234), htons(port) };

    mtu = htonl(mtu);
    seqno = htonl(seqno);
    memcpy(message + 4, &mtu, sizeof(mtu));
    culprit[0] = 0x60;
    culprit[6] = IP6_NEXTH_TCP;
    inet_pton(AF_INET6, OURS, culprit + 8);
    inet_pton(AF_INET6, destination, culprit + 24);
    memcpy(culprit + IP6_HLEN, ports, sizeof(ports));
    memcpy(culprit + IP6_HLEN + 4, &seqno, sizeof(seqno));
    return takes("fd00::9", IP6_NEXTH_ICMP6, 64, message, sizeof(message));
}

/* C5. */
static void trust_net_too_big_is_believed_of_what_is_on_its_way(void **state)
{
    struct tcp_pcb pcb = {
        .local_port = 1234, .remote_port = 5000, .lastack = 100,
        .snd_nxt = 200,
    };

    (void)state;
    assert_false(is_too_big(1400, PEER, 5000, 150));
    IP_SET_TYPE_VAL(pcb.remote_ip, IPADDR_TYPE_V6);
    inet_pton(AF_INET6, OURS, ip_2_ip6(&pcb.local_ip)->addr);
    inet_pton(AF_INET6, PEER, ip_2_ip6(&pcb.remote_ip)->addr);
    tcp_active_pcbs = &pcb;
    assert_true(is_too_big(1280, PEER, 5000, 150));
    assert_true(is_too_big(1499, PEER, 5000, 100));
    assert_false(is_too_big(100, PEER, 5000, 150));
    assert_false(is_too_big(1279, PEER, 5000, 150));
    assert_false(is_too_big(1500, PEER, 5000, 150));
    assert_false(is_too_big(UINT32_MAX, PEER, 5000, 150));
    assert_false(is_too_big(1280, PEER, 5001, 150));
    assert_false(is_too_big(1280, "fd00::3", 5000, 150));
    assert_false(is_too_big(1280, PEER, 5000, 99));
    assert_false(is_too_big(1280, PEER, 5000, 200));
    tcp_active_pcbs = NULL;
}

static void main_ipv6_extension_headers_are_for_mld_only(void **state)
{
    static const uint8_t tcp[20], udp[8];
    static const uint8_t query[] = {
        IP6_NEXTH_ICMP6, 0, 5, 2, 0, 0, 1, 0, ICMP6_TYPE_MLQ, 0, 0, 0, 0, 0, 0,
        0,
    };
    uint8_t hidden[sizeof(query)];

    (void)state;
    assert_true(takes(PEER, IP6_NEXTH_TCP, 64, tcp, sizeof(tcp)));
    assert_true(takes(PEER, IP6_NEXTH_ICMP6, 64, "\200\0\0\0\0\0\0\0", 8));
    assert_true(takes(PEER, IP6_NEXTH_HOPBYHOP, 1, query, sizeof(query)));
    assert_false(takes(PEER, IP6_NEXTH_HOPBYHOP, 1, query, 8));
    memcpy(hidden, query, sizeof(query));
    hidden[8] = ICMP6_TYPE_NA;
    assert_false(takes(PEER, IP6_NEXTH_HOPBYHOP, HOPS, hidden,
                       sizeof(hidden)));
    hidden[0] = IP6_NEXTH_HOPBYHOP;
    assert_false(takes(PEER, IP6_NEXTH_HOPBYHOP, HOPS, hidden,
                       sizeof(hidden)));
    assert_false(takes(PEER, IP6_NEXTH_DESTOPTS, HOPS, query, sizeof(query)));
    assert_false(takes(PEER, IP6_NEXTH_FRAGMENT, HOPS, query, sizeof(query)));
    assert_false(takes(PEER, IP6_NEXTH_UDP, 64, udp, sizeof(udp)));
    /* More than there is. */
    takes(PEER, IP6_NEXTH_TCP, 64, tcp, sizeof(tcp));
    frame[SIZEOF_ETH_HDR + 5]++;
    assert_false(ip6_filter_takes(&netif, frame, SIZEOF_ETH_HDR + IP6_HLEN +
                                  sizeof(tcp)));
    assert_false(ip6_filter_takes(&netif, frame, SIZEOF_ETH_HDR + 39));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(trust_net_address_in_use_is_defended, start),
    cmocka_unit_test_setup(trust_net_no_other_option_becomes_a_mac, start),
    cmocka_unit_test_setup(
        trust_net_too_big_is_believed_of_what_is_on_its_way, start),
    cmocka_unit_test_setup(main_ipv6_extension_headers_are_for_mld_only,
                           start),
};

UNIT_MAIN(tests)
