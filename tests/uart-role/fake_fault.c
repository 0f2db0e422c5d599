/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_fault.c - makes a role die or stop at a fault point
 *
 * It is part of a test's role program: its constructor sets fault_point_hook.
 * The order to die stands in shared memory, so that passings of a fault point
 * are counted over all roles that follow each other, and one of them dies
 * once.
 */
#include <signal.h>
#include <stddef.h>

#include "fake-xen/fake_client.h"
#include "uart/fault_point.h"

static void maybe_fault(struct fake_fault *fault, enum fault_point point)
{
    uint32_t action = atomic_load_explicit(&fault->action,
                                           memory_order_relaxed);

    if (action == FAKE_FAULT_NONE || atomic_load(&fault->point) != point ||
        atomic_fetch_sub(&fault->remaining, 1) != 1)
        return;
    atomic_fetch_add(&fault->fired, 1);
    raise(action == FAKE_FAULT_KILL ? SIGKILL : SIGSTOP);
}

static void on_point(enum fault_point point)
{
    struct fake_xen *xen = fake_xen_attach();

    if (!xen)
        return;
    if (point == FAULT_TAKEN)
        fake_evtchn_note_taken();
    maybe_fault(&xen->fault, point);
}

__attribute__((constructor)) static void take_hook(void)
{
    fault_point_hook = on_point;
    fake_is_taking_noted = true;
}
