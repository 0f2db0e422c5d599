/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_watch.h - a role that hangs is found, killed, and so replaced
 *
 * A role that dies is noticed by its end; one that only stands still is not,
 * and its guest, or all clients, would wait for good.  So each role is asked
 * for a sign of life now and then.  Its loop answers, which comes by at each
 * turn, after it has looked for requests: an answer says that whoever asked
 * the role for something is served.  A role that sleeps is woken by that, some
 * microseconds for each; one that is at work spends nothing on it otherwise.
 *
 * The time is counted in looks, not by the clock: when the supervisor itself
 * stood still, or all of dom0, no role pays for that.
 */
#ifndef MEDIATOR_ROLE_WATCH_H
#define MEDIATOR_ROLE_WATCH_H

#include <ev.h>

struct console_list;
struct net_keeper;

/* How often all roles are asked, in seconds. */
#define ROLE_WATCH_SECONDS 5.0

/* How many questions a role may leave unanswered, so that it has 10 seconds.
 * No turn of a loop takes a tenth of that: a guest's string has a page's worth
 * of byte accesses at most; pace=on, a stopped tty and a slow client make the
 * guest or the client wait, and not the role.  What can take longer is a
 * system call on a tty whose adapter is broken, and then a successor, which
 * may find the tty gone, is better. */
#define ROLE_WATCH_PINGS 2

/* The same while a role starts, which has much to open, beside all others when
 * mediatord begins on a slow machine. */
#define ROLE_WATCH_PINGS_STARTING 6

struct role_watch {
    /* These the owner fills in. */
    struct ev_loop *loop;
    struct net_keeper *net;
    struct console_list *consoles;

    ev_timer look;
};

void role_watch_start(struct role_watch *watch);

/* It may be stopped already, but was started once. */
void role_watch_stop(struct role_watch *watch);

#endif
