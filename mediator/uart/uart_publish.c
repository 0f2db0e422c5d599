/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_publish.c - tells the other roles what a step has changed for them
 */
#include "uart/uart_publish.h"

void uart_publish_output(struct uart_role *role)
{
    uint64_t head = atomic_load_explicit(&role->out_ring.header->head,
                                         memory_order_relaxed);

    if (head == role->published_head)
        return;
    role->published_head = head;
    role->sleep.has_answered |= role->sleep.awaits_answer;
    role->sleep.awaits_answer = false;
    wake_if_asleep(&role->net, &role->in_ring.header->net_sleeps);
}

void uart_publish_input(struct uart_role *role)
{
    struct in_ring_header *in = role->in_ring.header;
    uint64_t in_tail = journal_current(&role->journal)->in_offset;

    atomic_store_explicit(&role->out_ring.header->report.in_tail, in_tail,
                          memory_order_release);
    /* Pairs with the fence in in_ring_ask_for_room(). */
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&in->wants_room, memory_order_relaxed) &&
        atomic_load_explicit(&in->head, memory_order_relaxed) - in_tail <=
            IN_RING_BYTES / 2)
        wake_if_asleep(&role->net, &in->net_sleeps);
}

void uart_publish_settings(struct uart_role *role)
{
    const struct uart_state *state = journal_current(&role->journal);
    _Atomic uint32_t *settings = &role->out_ring.header->report.settings;
    uint32_t now = (uint32_t)state->lcr << 16 | state->dlm << 8 | state->dll;

    if (now != atomic_load_explicit(settings, memory_order_relaxed))
        atomic_store_explicit(settings, now, memory_order_relaxed);
}
