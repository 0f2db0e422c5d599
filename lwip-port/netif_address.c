/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netif_address.c - parses the configured addresses, gives them to lwIP,
 * watches for another host that uses one of them, and logs changes
 */
#include "netif_address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/inet_chksum.h"
#include "lwip/ip6.h"
#include "lwip/ip6_addr.h"
#include "lwip/mld6.h"
#include "lwip/priv/nd6_priv.h"
#include "lwip/prot/etharp.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/icmp6.h"
#include "lwip/prot/nd6.h"
#include "lwip/sys.h"

#include "shared/log.h"
#include "nic/nic.h"

#define TEXT_BYTES     256
#define CONFLICT_MS    60000 /* how long a conflict is shown after its last
                              * frame */
#define TELL_MS        60000 /* the least time between two log lines of one
                              * conflict: a host that changes its MAC must
                              * not fill the log */
#define DEFEND_MS      10000 /* the least time between two announcements that
                              * defend our address (RFC 5227, 2.4 (c)) */

/* ---- the configuration ---- */

static int parse_ip(const char *text, ip4_addr_t *ip)
{
    /* ip4addr_aton() would take "1.2" and octal numbers too. */
    unsigned int octets[4];
    char rest;

    if (sscanf(text, "%3u.%3u.%3u.%3u%c", &octets[0], &octets[1], &octets[2],
               &octets[3], &rest) != 4)
        return -1;
    if (octets[0] > 255 || octets[1] > 255 || octets[2] > 255 ||
        octets[3] > 255)
        return -1;
    IP4_ADDR(ip, octets[0], octets[1], octets[2], octets[3]);
    return 0;
}

/* Cuts "/24" off the text and returns 24; -1 when there is no length or it is
 * not 1 to most. */
static int cut_length(char *text, unsigned long most)
{
    char *slash = strchr(text, '/'), *end;
    unsigned long bits;

    if (!slash)
        return -1;
    *slash++ = '\0';
    bits = strtoul(slash, &end, 10);
    return end == slash || *end || bits < 1 || bits > most ? -1 : (int)bits;
}

static int parse_ip4(struct netif_addresses *addresses, const char *address,
                     const char *gateway)
{
    char text[32] = "";
    int bits;

    snprintf(text, sizeof(text), "%s", address ? address : "");
    bits = cut_length(text, 32);
    if (bits < 0 || parse_ip(text, &addresses->ip))
        return log_error("address = \"%s\" is not understood; write "
                         "address = \"192.168.0.2/24\" or \"dhcp\", say",
                         address ? address : "");
    ip4_addr_set_u32(&addresses->mask,
                     lwip_htonl(UINT32_MAX << (32 - bits)));
    if (!gateway)
        return 0;
    if (parse_ip(gateway, &addresses->router))
        return log_error("gateway = \"%s\" is not understood; write "
                         "gateway = \"192.168.0.1\", say", gateway);
    if (!ip4_addr_netcmp(&addresses->ip, &addresses->router,
                         &addresses->mask))
        return log_error("gateway %s is not reached from %s: it must be in "
                         "the same network", gateway, address);
    return 0;
}

static int parse_ip6(struct netif_addresses *addresses, const char *address)
{
    char text[INET6_ADDRSTRLEN + 4] = "";

    if (!address || !strcmp(address, "off"))
        return 0;
    addresses->has_ip6 = true;
    if (!strcmp(address, "auto")) {
        addresses->uses_slaac = true;
        return 0;
    }
    snprintf(text, sizeof(text), "%s", address);
    /* lwIP takes each static address for one of a /64 network, and its own
     * parser accepts much that is no address. */
    if (cut_length(text, 128) != 64 ||
        inet_pton(AF_INET6, text, addresses->ip6.addr) != 1 ||
        ip6_addr_ismulticast(&addresses->ip6) ||
        ip6_addr_isany(&addresses->ip6))
        return log_error("address6 = \"%s\" is not understood; write "
                         "address6 = \"fd00::2/64\" (always /64), \"auto\" or "
                         "\"off\"", address);
    return 0;
}

int netif_address_parse(struct netif_addresses *addresses,
                        const char *address, const char *address6,
                        const char *gateway)
{
    *addresses = (struct netif_addresses){ .uses_dhcp = false };
    if (address && !strcmp(address, "dhcp")) {
        addresses->uses_dhcp = true;
        if (gateway)
            return log_error("with address = \"dhcp\" the gateway comes by "
                             "DHCP too; remove gateway = \"%s\"", gateway);
    } else if (parse_ip4(addresses, address, gateway)) {
        return -1;
    }
    return parse_ip6(addresses, address6);
}

/* ---- at work ---- */

/* The addresses as netif_address_check() has last logged them. */
static char described[TEXT_BYTES];

/* The last other host that used one of our addresses, what was logged of it,
 * and when we last defended one. */
static struct {
    uint8_t mac[NIC_MAC_BYTES], told_mac[NIC_MAC_BYTES];
    bool is_seen;
    u32_t seen_ms, told_ms, defended_ms;
    bool was_defended;
    unsigned long long frames;
} conflict;

static err_t accept_group(struct netif *netif, const ip6_addr_t *group,
                          enum netif_mac_filter_action action)
{
    struct nic *nic = netif->state;
    /* The group's Ethernet address: RFC 2464, 7. */
    uint32_t low = lwip_ntohl(group->addr[3]);
    uint8_t mac[NIC_MAC_BYTES] = {
        0x33, 0x33, low >> 24, low >> 16 & 0xff, low >> 8 & 0xff, low & 0xff,
    };

    if (action == NETIF_ADD_MAC_FILTER)
        nic->driver->accept_group(nic, mac);
    return ERR_OK;
}

static void start_ip6(struct netif *netif,
                      const struct netif_addresses *addresses)
{
    static const uint8_t all_nodes[] = { 0x33, 0x33, 0, 0, 0, 1 };
    struct nic *nic = netif->state;

    netif->flags |= NETIF_FLAG_MLD6;
    netif_set_mld_mac_filter(netif, accept_group);
    nic->driver->accept_group(nic, all_nodes);
    netif_create_ip6_linklocal_address(netif, 1);
    netif_set_ip6_autoconfig_enabled(netif, addresses->uses_slaac);
    if (!addresses->uses_slaac) {
        netif_ip6_addr_set(netif, 1, &addresses->ip6);
        netif_ip6_addr_set_state(netif, 1, IP6_ADDR_TENTATIVE);
    }
}

void netif_address_start(struct netif *netif,
                         const struct netif_addresses *addresses)
{
    if (addresses->has_ip6)
        start_ip6(netif, addresses);
    netif_set_up(netif);
    if (addresses->uses_dhcp && dhcp_start(netif) != ERR_OK)
        log_error("lwIP has no memory for DHCP");
}

/* Logs a conflict that is new, and one whose host has another MAC than the one
 * logged before, but not sooner than TELL_MS after that. */
static void tell_conflict(const char *address, u32_t now)
{
    bool is_known = conflict.is_seen && now - conflict.seen_ms <= CONFLICT_MS;

    if (is_known && (now - conflict.told_ms < TELL_MS ||
                     !memcmp(conflict.mac, conflict.told_mac, NIC_MAC_BYTES)))
        return;
    memcpy(conflict.told_mac, conflict.mac, NIC_MAC_BYTES);
    conflict.told_ms = now;
    log_warning("address %s is used by %02x:%02x:%02x:%02x:%02x:%02x too; "
                "give one of the two another (%llu frames so far)",
                address, conflict.mac[0], conflict.mac[1], conflict.mac[2],
                conflict.mac[3], conflict.mac[4], conflict.mac[5],
                conflict.frames);
}

/* Somebody else uses the address.  Returns whether it is to be defended, which
 * a host may do now and then only. */
static bool note_conflict(const char *address, const uint8_t *mac)
{
    u32_t now = sys_now();

    memcpy(conflict.mac, mac, NIC_MAC_BYTES);
    conflict.frames++;
    tell_conflict(address, now);
    conflict.is_seen = true;
    conflict.seen_ms = now;
    if (conflict.was_defended && now - conflict.defended_ms < DEFEND_MS)
        return false;
    conflict.was_defended = true;
    conflict.defended_ms = now;
    return true;
}

void netif_address_take_arp(struct netif *netif, const uint8_t *frame,
                            size_t bytes)
{
    const struct etharp_hdr *arp =
        (const void *)(frame + SIZEOF_ETH_HDR);
    ip4_addr_t sender;

    if (bytes < SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR ||
        ip4_addr_isany(netif_ip4_addr(netif)))
        return;
    memcpy(&sender, &arp->sipaddr, sizeof(sender));
    if (!ip4_addr_cmp(&sender, netif_ip4_addr(netif)) ||
        !memcmp(&arp->shwaddr, netif->hwaddr, NIC_MAC_BYTES))
        return;
    if (note_conflict(ip4addr_ntoa(netif_ip4_addr(netif)),
                      (const uint8_t *)&arp->shwaddr))
        etharp_gratuitous(netif);
}

/* Tells all neighbours that the address is ours: RFC 4861, 7.2.6.  lwIP's own
 * function for that is not to be had. */
static void advertise(struct netif *netif, const ip6_addr_t *address)
{
    struct {
        struct na_header header;
        struct lladdr_option option;
    } *message;
    ip6_addr_t all_nodes;
    struct pbuf *p = pbuf_alloc(PBUF_IP, sizeof(*message), PBUF_RAM);

    if (!p)
        return; /* the next one of the other host's is answered */
    message = p->payload;
    memset(message, 0, sizeof(*message));
    message->header.type = ICMP6_TYPE_NA;
    message->header.flags = ND6_FLAG_OVERRIDE;
    ip6_addr_copy_to_packed(message->header.target_address, *address);
    message->option.type = ND6_OPTION_TYPE_TARGET_LLADDR;
    message->option.length = sizeof(message->option) / 8;
    memcpy(message->option.addr, netif->hwaddr, NIC_MAC_BYTES);
    ip6_addr_set_allnodes_linklocal(&all_nodes);
    ip6_addr_assign_zone(&all_nodes, IP6_MULTICAST, netif);
    message->header.chksum = ip6_chksum_pseudo(p, IP6_NEXTH_ICMP6, p->len,
                                               address, &all_nodes);
    ip6_output_if(p, address, &all_nodes, ND6_HOPLIM, 0, IP6_NEXTH_ICMP6,
                  netif);
    pbuf_free(p);
}

void netif_address_take_claim(struct netif *netif, int index,
                              const uint8_t *mac)
{
    const ip6_addr_t *address = netif_ip6_addr(netif, index);

    if (memcmp(mac, netif->hwaddr, NIC_MAC_BYTES) &&
        note_conflict(ip6addr_ntoa(address), mac))
        advertise(netif, address);
}

void netif_address_describe(struct netif *netif, char *text, size_t bytes)
{
    size_t used = 0;
    int i;

    *text = '\0';
    if (!ip4_addr_isany(netif_ip4_addr(netif)))
        used = snprintf(text, bytes, "%s",
                        ip4addr_ntoa(netif_ip4_addr(netif)));
    for (i = 0; i < LWIP_IPV6_NUM_ADDRESSES && used < bytes; i++) {
        u8_t state = netif_ip6_addr_state(netif, i);

        if (ip6_addr_isinvalid(state) || ip6_addr_istentative(state))
            continue;
        used += snprintf(text + used, bytes - used, "%s%s%s",
                         used ? " " : "",
                         ip6addr_ntoa(netif_ip6_addr(netif, i)),
                         ip6_addr_isduplicated(state) ? " (duplicate)" : "");
    }
}

void netif_address_conflict(char *text, size_t bytes)
{
    *text = '\0';
    if (conflict.is_seen && sys_now() - conflict.seen_ms < CONFLICT_MS)
        snprintf(text, bytes, "%02x:%02x:%02x:%02x:%02x:%02x",
                 conflict.mac[0], conflict.mac[1], conflict.mac[2],
                 conflict.mac[3], conflict.mac[4], conflict.mac[5]);
}

void netif_address_check(struct netif *netif)
{
    char now[TEXT_BYTES];

    netif_address_describe(netif, now, sizeof(now));
    if (!strcmp(now, described))
        return;
    memcpy(described, now, sizeof(described));
    if (strstr(now, "(duplicate)"))
        log_warning("the network's addresses are now: %s; somebody else has "
                    "the duplicate one", now);
    else
        log_info("the network's addresses are now: %s", *now ? now : "(none)");
}
