/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mld_timer.h - MLD's timer, which lwIP runs ten times a second for ever, only
 * while a report of a multicast group is due
 */
#ifndef LWIP_PORT_MLD_TIMER_H
#define LWIP_PORT_MLD_TIMER_H

#include "lwip/netif.h"

/* Ends lwIP's own timer, which lwip_init() has started. */
void mld_timer_init(void);

/* To be called when lwIP may have joined a group or heard a query, and before
 * sys_timeouts_sleeptime(): starts the timer if a report is due. */
void mld_timer_update(struct netif *netif);

#endif
