/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault_point.h - the places at which a test can stop or kill the uart role
 *
 * One stands behind each store or call that somebody outside of the process
 * can see.  A successor must go on correctly from every one of them;
 * tests/uart-role kills the role at each.  Without a hook, as in mediatord,
 * fault_point() does nothing.
 */
#ifndef MEDIATOR_FAULT_POINT_H
#define MEDIATOR_FAULT_POINT_H

#include <stdatomic.h>
#include <stddef.h>

enum fault_point {
    FAULT_TAKEN,         /* Xen's slot says INPROCESS */
    FAULT_BEGUN,         /* the request is in the journal */
    FAULT_DEVICE_MARKED, /* the journal says that the device may be touched */
    FAULT_DEVICE_DONE,   /* the device has been touched */
    FAULT_RING_PUT,      /* a byte, or a run of them, is in the out ring */
    FAULT_COMMITTED,     /* a byte access, or a run of them, is done */
    FAULT_RESPONDED,     /* Xen's slot says IORESP_READY */
    FAULT_NOTIFIED,      /* the vCPU was sent its event */
    FAULT_ENDED,         /* the journal has no request any more */
    FAULT_POSTED_TAKEN,  /* posted writes left their ring */
    FAULT_LEVEL_NOTED,   /* other consoles of the guest see what this one wants
                          * of the interrupt line */
    FAULT_LINE_SET,      /* the interrupt line was moved */
    FAULT_POINTS
};

extern const char *const fault_point_names[FAULT_POINTS];
/* A test's; NULL in mediatord. */
extern void (*fault_point_hook)(enum fault_point point);

static inline void fault_point(enum fault_point point)
{
    /* A process that dies keeps its program order; so must the compiler. */
    atomic_signal_fence(memory_order_seq_cst);
    if (__builtin_expect(fault_point_hook != NULL, 0))
        fault_point_hook(point);
}

#endif
