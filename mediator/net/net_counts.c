/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_counts.c - copies the card's counters between driver and status
 */
#include "net/net_counts.h"

void net_counts_load(struct nic_counts *before,
                     const struct net_status_header *status)
{
    *before = (struct nic_counts){
        .received = atomic_load(&status->received),
        .transmitted = atomic_load(&status->transmitted),
        .receive_drops = atomic_load(&status->receive_drops),
        .transmit_drops = atomic_load(&status->transmit_drops),
        .receive_errors = atomic_load(&status->receive_errors),
        .link_changes = atomic_load(&status->link_changes),
        .resets = atomic_load(&status->resets),
    };
}

void net_counts_store(struct net_status_header *status,
                      const struct nic_counts *before,
                      const struct nic_counts *counts)
{
    atomic_store(&status->received, before->received + counts->received);
    atomic_store(&status->transmitted,
                 before->transmitted + counts->transmitted);
    atomic_store(&status->receive_drops,
                 before->receive_drops + counts->receive_drops);
    atomic_store(&status->transmit_drops,
                 before->transmit_drops + counts->transmit_drops);
    atomic_store(&status->receive_errors,
                 before->receive_errors + counts->receive_errors);
    atomic_store(&status->link_changes,
                 before->link_changes + counts->link_changes);
    atomic_store(&status->resets, before->resets + counts->resets);
}
