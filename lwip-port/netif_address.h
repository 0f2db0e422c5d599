/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netif_address.h - the addresses of the one lwIP interface: static, by DHCP
 * or by SLAAC, and the hosts that use one of them, too
 */
#ifndef LWIP_PORT_NETIF_ADDRESS_H
#define LWIP_PORT_NETIF_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/netif.h"

/* The addresses as mediator.cfg(5) gives them. */
struct netif_addresses {
    bool uses_dhcp;
    ip4_addr_t ip, mask, router; /* static */

    bool has_ip6;                /* otherwise IPv6 frames are dropped */
    bool uses_slaac;
    ip6_addr_t ip6;              /* static */
};

/* address is "192.168.0.2/24" or "dhcp"; address6 is "fd00::2/64", "auto",
 * "off" or NULL; gateway is NULL when there is none.  Returns 0, or -1 with a
 * message that shows what is expected. */
int netif_address_parse(struct netif_addresses *addresses,
                        const char *address, const char *address6,
                        const char *gateway);

/* Gives the addresses to an interface that netif_add() has made, brings it up
 * and starts DHCP where that is configured. */
void netif_address_start(struct netif *netif,
                         const struct netif_addresses *addresses);

/* Looks at an ARP frame before lwIP does.  When its sender is another host
 * that uses our address, it logs that and defends the address. */
void netif_address_take_arp(struct netif *netif, const uint8_t *frame,
                            size_t bytes);

/* Another host with this MAC address says that our IPv6 address `index`, which
 * is in use, is its own.  That is logged, and the address is defended. */
void netif_address_take_claim(struct netif *netif, int index,
                              const uint8_t *mac);

/* To be called once a second: logs addresses that came or went. */
void netif_address_check(struct netif *netif);

/* Writes the addresses in use, as "192.168.0.2 fd00::2". */
void netif_address_describe(struct netif *netif, char *text, size_t bytes);

/* Writes the MAC of the last host that used one of our addresses, too; "" when
 * there has been none for a minute. */
void netif_address_conflict(char *text, size_t bytes);

#endif
