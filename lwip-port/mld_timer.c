/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mld_timer.c - MLD's timer, which lwIP runs ten times a second for ever, only
 * while a report of a multicast group is due
 */
#include "mld_timer.h"

#include <stdbool.h>

#include "lwip/mld6.h"
#include "lwip/timeouts.h"

static bool is_running;

void mld_timer_init(void)
{
    int i;

    for (i = 0; i < lwip_num_cyclic_timers; i++)
        if (lwip_cyclic_timers[i].handler == mld6_tmr)
            sys_untimeout(lwip_cyclic_timer, (void *)&lwip_cyclic_timers[i]);
}

static void tick(void *netif)
{
    is_running = false;
    mld6_tmr();
    mld_timer_update(netif);
}

static bool is_report_due(const struct netif *netif)
{
    const struct mld_group *group;

    for (group = netif_mld6_data(netif); group; group = group->next)
        if (group->timer > 0)
            return true;
    return false;
}

void mld_timer_update(struct netif *netif)
{
    if (is_running || !is_report_due(netif))
        return;
    is_running = true;
    sys_timeout(MLD6_TMR_INTERVAL, tick, netif);
}
