/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * orderly_stop.h - the end of all roles, in the order that is best for guests
 *
 * A guest that touches its COM1 waits from the end of its uart role on.  So
 * the net role goes first, which may wait for clients that read slowly; the
 * uart roles serve meanwhile, and go last.  Every step has a deadline: a role
 * that does not end is killed, and one that cannot even be killed is named and
 * left behind.
 */
#ifndef MEDIATOR_ORDERLY_STOP_H
#define MEDIATOR_ORDERLY_STOP_H

#include <ev.h>

struct console_list;
struct net_keeper;

/* In seconds.  The net role gives its clients 3 (net/net_loop.c).  A uart role
 * ends in milliseconds, and while one does not, the guests of all others wait:
 * when none has ended for so long (QUIET), or in any case (UART), those that
 * are left are killed.  systemd waits longer than all of them together
 * (TimeoutStopSec=), and so does another mediatord (directory_lock.h). */
#define ORDERLY_STOP_NET   4.0
#define ORDERLY_STOP_UART  3.0
#define ORDERLY_STOP_QUIET 0.5
#define ORDERLY_STOP_KILL  1.0

struct orderly_stop_events {
    /* The uart roles are told next: what takes time is to be done now. */
    void (*guests_will_wait)(void *owner);
    /* All that can end has ended. */
    void (*over)(void *owner);
};

struct orderly_stop {
    /* These the owner fills in. */
    struct ev_loop *loop;
    struct net_keeper *net;
    struct console_list *consoles;
    const struct orderly_stop_events *events;
    void *owner;

    enum {
        ORDERLY_STOP_NOT_BEGUN,
        ORDERLY_STOP_NET_ROLE,   /* told to stop */
        ORDERLY_STOP_UART_ROLES, /* told to stop */
        ORDERLY_STOP_KILLED,
        ORDERLY_STOP_OVER
    } stage;
    ev_timer deadline; /* of the stage */
    double uart_limit; /* when ORDERLY_STOP_UART is over: CLOCK_MONOTONIC, in
                        * seconds */
};

/* No request is taken any more, and the net role is told to stop.  `over` can
 * be called before this returns. */
void orderly_stop_begin(struct orderly_stop *stop);

/* A role was reaped. */
void orderly_stop_progress(struct orderly_stop *stop);

#endif
