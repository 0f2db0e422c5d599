/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netif_ethernet.h - the one lwIP interface, on top of any struct nic
 */
#ifndef LWIP_PORT_NETIF_ETHERNET_H
#define LWIP_PORT_NETIF_ETHERNET_H

#include "lwip/netif.h"

#include "netif_address.h"
#include "nic/nic.h"

/* Makes the interface, lwIP's default one, and brings it up with the link as
 * the nic has it.  lwip_init() must have run before.  Returns 0, or -1 with a
 * message. */
int netif_ethernet_add(struct netif *netif, struct nic *nic,
                       const struct netif_addresses *addresses);

/* Takes in one batch of frames, whether or not the card has told of any.
 * Returns how many there were. */
unsigned int netif_ethernet_receive(struct netif *netif);

/* To be called after netif_ethernet_receive() when the card had told of
 * frames: the card will then tell of the next ones. */
void netif_ethernet_rearm(struct netif *netif);

/* Sends the frames that are queued. */
void netif_ethernet_flush(struct netif *netif);

/* Asks the driver for the link and tells lwIP of a change.  Returns the link
 * as it is now. */
enum nic_link netif_ethernet_check_link(struct netif *netif);

#endif
