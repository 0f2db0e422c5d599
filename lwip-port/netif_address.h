/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netif_address.h - the addresses of the one lwIP interface: static, DHCP,
 * SLAAC, and who else uses them
 */
#ifndef LWIP_PORT_NETIF_ADDRESS_H
#define LWIP_PORT_NETIF_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/netif.h"

/* As mediator.cfg has them. */
struct netif_addresses {
    bool uses_dhcp;
    ip4_addr_t ip, mask, router; /* static */

    bool has_ip6;                /* otherwise IPv6 frames are dropped */
    bool uses_slaac;
    ip6_addr_t ip6;              /* static */
};

/* address "192.168.0.2/24" or "dhcp"; address6 "fd00::2/64", "auto", "off"
 * or NULL; gateway NULL when there is none.  Fails with a message that shows
 * what is expected. */
int netif_address_parse(struct netif_addresses *addresses,
                        const char *address, const char *address6,
                        const char *gateway);

/* After netif_add(), before netif_set_up(). */
void netif_address_start(struct netif *netif,
                         const struct netif_addresses *addresses);

/* Looks at an ARP frame before lwIP does: is its sender somebody else who
 * uses our address? */
void netif_address_take_arp(struct netif *netif, const uint8_t *frame,
                            size_t bytes);

/* Once a second: logs addresses that came or went. */
void netif_address_check(struct netif *netif);

/* "192.168.0.2 fd00::2", and "" or who else uses ours. */
void netif_address_describe(struct netif *netif, char *text, size_t bytes);
void netif_address_conflict(char *text, size_t bytes);

#endif
