/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_event.h - the state of an event channel's end in dom0, as the kernel's
 * evtchn driver handles it
 *
 * An event is handed out once.  Then its port stays masked until the owner
 * unmasks it, and an event that comes meanwhile waits.
 */
#ifndef FAKE_EVENT_H
#define FAKE_EVENT_H

#include "fake-xen/fake_xen.h"

/* An event came.  True: hand it out, by writing the port into the FIFO. */
static inline bool fake_event_raise(struct fake_channel *channel)
{
    uint32_t flags = atomic_load(&channel->flags), next;

    do {
        next = flags & FAKE_EVENT_MASKED ? flags | FAKE_EVENT_PENDING
                                         : flags | FAKE_EVENT_MASKED;
    } while (!atomic_compare_exchange_weak(&channel->flags, &flags, next));
    return !(flags & FAKE_EVENT_MASKED);
}

/* The owner unmasks the port.  True: another event has waited, hand it out. */
static inline bool fake_event_unmask(struct fake_channel *channel)
{
    uint32_t flags = atomic_load(&channel->flags), next;

    do {
        next = flags & FAKE_EVENT_PENDING ? FAKE_EVENT_MASKED : 0;
    } while (!atomic_compare_exchange_weak(&channel->flags, &flags, next));
    return flags & FAKE_EVENT_PENDING;
}

#endif
