/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netif_ethernet.c - moves frames between a struct nic and lwIP, and tells
 * lwIP of the link
 */
#include "netif_ethernet.h"

#include <string.h>

#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/pbuf.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/stats.h"
#include "netif/ethernet.h"

#include "ip6_filter.h"
#include "shared/log.h"

#define MTU_BYTES 1500
#define TAG_AT    12 /* behind the two addresses: IEEE 802.1Q, 9.3 */

_Static_assert(NET_WINDOW_BYTES < NIC_FRAME_BYTES_MAX - 200,
               "a frame merged out of a whole window, with its headers, fits");

/* lwIP's output function.  When the card's queue is full it returns ERR_MEM:
 * the segment stays with TCP, and netif_ethernet_flush() has TCP try again. */
static err_t transmit(struct netif *netif, struct pbuf *p)
{
    struct nic *nic = netif->state;
    uint8_t *space;

    if (p->tot_len > NIC_TRANSMIT_BYTES_MAX) {
        LINK_STATS_INC(link.lenerr);
        return ERR_BUF;
    }
    space = nic->driver->transmit_space(nic);
    if (!space) {
        nic->is_awaited = true;
        LINK_STATS_INC(link.memerr);
        return ERR_MEM;
    }
    pbuf_copy_partial(p, space, p->tot_len, 0);
    nic->driver->transmit(nic, p->tot_len);
    LINK_STATS_INC(link.xmit);
    return ERR_OK;
}

static err_t initialise(struct netif *netif)
{
    struct nic *nic = netif->state;

    netif->name[0] = 'm';
    netif->name[1] = 'd';
    netif->mtu = MTU_BYTES;
    netif->hwaddr_len = NIC_MAC_BYTES;
    memcpy(netif->hwaddr, nic->mac, NIC_MAC_BYTES);
    netif->output = etharp_output;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = transmit;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP |
                   NETIF_FLAG_ETHERNET;
    return ERR_OK;
}

int netif_ethernet_add(struct netif *netif, struct nic *nic,
                       const struct netif_addresses *addresses)
{
    if (!netif_add(netif, &addresses->ip, &addresses->mask,
                   &addresses->router, nic, initialise, ethernet_input))
        return log_error("lwIP does not accept the interface");
    netif_set_default(netif);
    netif_address_start(netif, addresses);
    netif_ethernet_check_link(netif);
    return 0;
}

/* Whether lwIP shall see the frame. */
static bool is_wanted(struct netif *netif, const uint8_t *frame,
                      size_t bytes)
{
    uint16_t type = frame[12] << 8 | frame[13];

    if (type == ETHTYPE_ARP)
        netif_address_take_arp(netif, frame, bytes);
    if (type != ETHTYPE_IPV6)
        return true;
    /* Even without an IPv6 address lwIP would answer its neighbours. */
    return (netif->flags & NETIF_FLAG_MLD6) &&
           ip6_filter_takes(netif, frame, bytes);
}

/* A tag of VLAN 0 bears a priority only (IEEE 802.1Q, 6.9.1): some switches
 * and hosts send it to everybody.  Copies the frame without it and returns how
 * long it is now.  No other frame is touched. */
static size_t take_off_priority(const uint8_t **frame, size_t bytes)
{
    static uint8_t untagged[NIC_FRAME_BYTES_MAX];
    const uint8_t *tag = *frame + TAG_AT;

    if (bytes < SIZEOF_ETH_HDR + SIZEOF_VLAN_HDR ||
        (tag[0] << 8 | tag[1]) != ETHTYPE_VLAN || (tag[2] & 0x0f) || tag[3])
        return bytes;
    bytes -= SIZEOF_VLAN_HDR;
    memcpy(untagged, *frame, TAG_AT);
    memcpy(untagged + TAG_AT, tag + SIZEOF_VLAN_HDR, bytes - TAG_AT);
    *frame = untagged;
    return bytes;
}

static void deliver(void *opaque, const uint8_t *frame, size_t bytes,
                    bool is_vouched)
{
    struct netif *netif = opaque;
    struct pbuf *p;

    if (bytes < SIZEOF_ETH_HDR || bytes > NIC_FRAME_BYTES_MAX) {
        LINK_STATS_INC(link.lenerr);
        return;
    }
    bytes = take_off_priority(&frame, bytes);
    if (!is_wanted(netif, frame, bytes))
        return;
    p = pbuf_alloc(PBUF_RAW, (u16_t)bytes, PBUF_POOL);
    if (!p) {
        LINK_STATS_INC(link.memerr);
        return;
    }
    pbuf_take(p, frame, (u16_t)bytes);
    LINK_STATS_INC(link.recv);
    NETIF_SET_CHECKSUM_CTRL(netif, is_vouched ?
                            NETIF_CHECKSUM_ENABLE_ALL &
                            ~(NETIF_CHECKSUM_CHECK_TCP |
                              NETIF_CHECKSUM_CHECK_UDP |
                              NETIF_CHECKSUM_CHECK_ICMP6) :
                            NETIF_CHECKSUM_ENABLE_ALL);
    if (netif->input(p, netif) != ERR_OK)
        pbuf_free(p);
}

unsigned int netif_ethernet_receive(struct netif *netif)
{
    struct nic *nic = netif->state;

    return nic->driver->receive(nic, deliver, netif);
}

void netif_ethernet_rearm(struct netif *netif)
{
    struct nic *nic = netif->state;

    if (nic->driver->rearm)
        nic->driver->rearm(nic);
}

void netif_ethernet_flush(struct netif *netif)
{
    struct nic *nic = netif->state;

    nic->driver->flush(nic);
    if (!nic->is_awaited || !nic->driver->transmit_space(nic))
        return;
    /* The connections that found no space must not wait for their timers. */
    nic->is_awaited = false;
    tcp_txnow();
    nic->driver->flush(nic);
}

enum nic_link netif_ethernet_check_link(struct netif *netif)
{
    struct nic *nic = netif->state;
    enum nic_link link = nic->driver->link(nic);

    if ((link == NIC_LINK_UP) != netif_is_link_up(netif))
        nic->counts.link_changes++;
    /* When its link comes up, lwIP announces its address to the neighbours. */
    if (link == NIC_LINK_UP && !netif_is_link_up(netif))
        netif_set_link_up(netif);
    else if (link != NIC_LINK_UP && netif_is_link_up(netif))
        netif_set_link_down(netif);
    return link;
}
