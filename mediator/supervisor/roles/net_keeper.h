/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_keeper.h - the supervisor's care for the one net role
 *
 * It starts the role, starts it again when it dies, and tells it each time
 * which consoles there are.
 */
#ifndef MEDIATOR_NET_KEEPER_H
#define MEDIATOR_NET_KEEPER_H

#include <ev.h>
#include <stdbool.h>

#include "supervisor/host/holder_domain.h"
#include "supervisor/roles/role_process.h"

struct console;
struct supervisor;

/* Called once when a request that was begun is done; problem is NULL after
 * success. */
typedef void net_keeper_done(void *opaque, const char *problem);

struct net_keeper {
    struct supervisor *supervisor;
    struct role_process process;
    ev_timer retry;
    ev_timer holder_check;
    double retry_delay; /* seconds; grows while it dies at start */
    unsigned int restarts;
    struct holder_domain holder; /* of a passed-through card */
    bool is_enabled;    /* nic is not "none" */
    bool is_ready;
    bool was_ready;     /* once: a first failure ends mediatord */
    bool is_released;   /* dom0 has the card, or gets it now */

    net_keeper_done *done; /* whom a request's end is told */
    void *done_opaque;
};

int net_keeper_start(struct net_keeper *net, struct supervisor *supervisor);
void net_keeper_stop(struct net_keeper *net);

/* A passed-through card goes back to dom0's Linux, or comes from there
 * again.  Both begin a request and return 0, or fail at once with -1 and a
 * message, without a call of done. */
int net_keeper_release(struct net_keeper *net, net_keeper_done *done,
                        void *opaque);
int net_keeper_take(struct net_keeper *net, net_keeper_done *done,
                     void *opaque);

/* Whoever waited for one of them is gone. */
void net_keeper_forget_request(struct net_keeper *net, void *opaque);

/* The answer comes as console_net_answered(). */
int net_keeper_add(struct net_keeper *net, struct console *console);
void net_keeper_remove(struct net_keeper *net, struct console *console);

#endif
