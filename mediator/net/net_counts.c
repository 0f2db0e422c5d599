/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/net_counts.h"

void net_counts_load(struct nic_counts *before,
                     const struct net_state_header *state)
{
    *before = (struct nic_counts){
        .received = atomic_load(&state->received),
        .transmitted = atomic_load(&state->transmitted),
        .receive_drops = atomic_load(&state->receive_drops),
        .transmit_drops = atomic_load(&state->transmit_drops),
        .receive_errors = atomic_load(&state->receive_errors),
        .link_changes = atomic_load(&state->link_changes),
        .resets = atomic_load(&state->resets),
    };
}

void net_counts_store(struct net_state_header *state,
                      const struct nic_counts *before,
                      const struct nic_counts *counts)
{
    atomic_store(&state->received, before->received + counts->received);
    atomic_store(&state->transmitted,
                 before->transmitted + counts->transmitted);
    atomic_store(&state->receive_drops,
                 before->receive_drops + counts->receive_drops);
    atomic_store(&state->transmit_drops,
                 before->transmit_drops + counts->transmit_drops);
    atomic_store(&state->receive_errors,
                 before->receive_errors + counts->receive_errors);
    atomic_store(&state->link_changes,
                 before->link_changes + counts->link_changes);
    atomic_store(&state->resets, before->resets + counts->resets);
}
