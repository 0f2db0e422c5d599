/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_counts.h - the card's counters in the net role's status
 *
 * A driver counts from 0 on.  The counters that status shows go on where the
 * net role before this one left them.
 */
#ifndef MEDIATOR_NET_COUNTS_H
#define MEDIATOR_NET_COUNTS_H

#include "shared/net_status.h"
#include "nic/nic.h"

/* Reads into *before what the net roles before this one have counted. */
void net_counts_load(struct nic_counts *before,
                     const struct net_status_header *status);

/* Writes the sum of both; *counts is what the driver has counted since this
 * role opened the card. */
void net_counts_store(struct net_status_header *status,
                      const struct nic_counts *before,
                      const struct nic_counts *counts);

#endif
