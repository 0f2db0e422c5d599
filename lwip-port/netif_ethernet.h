/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netif_ethernet.h - the one lwIP interface, on top of any struct nic
 */
#ifndef LWIP_PORT_NETIF_ETHERNET_H
#define LWIP_PORT_NETIF_ETHERNET_H

#include "lwip/netif.h"

#include "netif_address.h"
#include "nic/nic.h"

/* lwip_init() has run.  The interface is up, with the nic's link state, and
 * becomes lwIP's default. */
int netif_ethernet_add(struct netif *netif, struct nic *nic,
                       const struct netif_addresses *addresses);

/* Takes in one batch of frames, whether or not the card has told of any;
 * returns how many. */
unsigned int netif_ethernet_receive(struct netif *netif);

/* Behind that, if the card has told: it will tell of the next ones. */
void netif_ethernet_rearm(struct netif *netif);

/* Sends what is queued. */
void netif_ethernet_flush(struct netif *netif);

/* Asks the driver, tells lwIP of a change, returns what holds now. */
enum nic_link netif_ethernet_check_link(struct netif *netif);

#endif
