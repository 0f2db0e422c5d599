/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netif_ethernet.h - the one lwIP interface, on top of any struct nic
 */
#ifndef LWIP_PORT_NETIF_ETHERNET_H
#define LWIP_PORT_NETIF_ETHERNET_H

#include "lwip/netif.h"

#include "nic.h"

/* An address as mediator.cfg has it, gateway NULL when there is none.  Fails
 * with a message that shows what is expected. */
int netif_ethernet_parse(const char *address, const char *gateway,
                         ip4_addr_t *ip, ip4_addr_t *mask, ip4_addr_t *router);

/* lwip_init() has run.  The interface is up, with the nic's link state, and
 * becomes lwIP's default. */
int netif_ethernet_add(struct netif *netif, struct nic *nic,
                       const ip4_addr_t *ip, const ip4_addr_t *mask,
                       const ip4_addr_t *router);

/* Takes in one batch of frames; returns how many. */
unsigned int netif_ethernet_receive(struct netif *netif);

/* Sends what is queued. */
void netif_ethernet_flush(struct netif *netif);

/* Asks the driver, tells lwIP of a change, returns what holds now. */
enum nic_link netif_ethernet_check_link(struct netif *netif);

#endif
