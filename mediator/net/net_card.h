/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_card.h - the net role's network card under lwIP: its link, addresses
 * and counters, and what status is told of them
 */
#ifndef MEDIATOR_NET_CARD_H
#define MEDIATOR_NET_CARD_H

#include <stdbool.h>

#include "lwip/netif.h"

#include "net/net_arguments.h"
#include "nic/nic.h"
#include "shared/net_status.h"

struct net_card {
    struct nic *nic;
    struct netif netif;
    struct net_status status;
    struct nic_counts before; /* what net roles before this one counted */
    bool has_link;
};

/* Opens the card that the arguments name, and the file for status, which the
 * net role has left or which is made.  Returns 0, or -1 with a message
 * logged. */
int net_card_open(struct net_card *card,
                  const struct net_arguments *arguments);

/* Starts lwIP with the arguments' addresses on the opened card.  Returns 0, or
 * -1 with a message logged. */
int net_card_start(struct net_card *card,
                   const struct net_arguments *arguments);

/* Asks for the link and tells log and status of a change.  Returns 0, or -1
 * with a message logged when the card is gone for good. */
int net_card_check_link(struct net_card *card);

/* To be called each second.  Returns as net_card_check_link(). */
int net_card_check(struct net_card *card);

/* Sends what is queued, and lets go of the card. */
void net_card_close(struct net_card *card);

#endif
