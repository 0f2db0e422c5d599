/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_keeper.h - the supervisor's care for the one net role
 *
 * It starts the role, starts it again when it dies, and passes on what it
 * says.  It knows nothing of consoles but their numbers: whoever hears that
 * the role is ready tells it which consoles there are.
 */
#ifndef MEDIATOR_NET_KEEPER_H
#define MEDIATOR_NET_KEEPER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "supervisor/config/config.h"
#include "supervisor/host/domain.h"
#include "supervisor/host/holder_domain.h"
#include "supervisor/host/iommu_facts.h"
#include "supervisor/roles/restart_delay.h"
#include "supervisor/roles/role_process.h"

/* What the keeper tells its owner. */
struct net_keeper_events {
    /* The role is at work, for the first time or again, and has no console. */
    void (*ready)(void *owner);
    /* The role listens for a console (problem is NULL), or why it does not. */
    void (*console_answered)(void *owner, uint32_t console,
                             const char *problem);
    /* The role let go of a console's pty, which nobody has open. */
    void (*pty_removed)(void *owner, uint32_t console);
    /* The role has put the break of that number (ROLE_BREAK) into its in ring
     * (problem is NULL), or why it has not. */
    void (*break_answered)(void *owner, uint32_t number, const char *problem);
    /* The role is gone, and what it had of the consoles with it. */
    void (*exited)(void *owner);
    /* The role ended before it was ever at work: the configuration is wrong,
     * and the role is not started again. */
    void (*failed)(void *owner);
};

/* Called once when a request that was begun is done; problem is NULL after
 * success. */
typedef void net_keeper_done(void *opaque, const char *problem);

struct net_keeper {
    /* These the owner fills in before net_keeper_start(). */
    struct ev_loop *loop;
    const struct config *config;
    struct domains *domains;
    int program; /* the role's, of role_process_open_program() */
    int lock_fd; /* the role inherits it */
    const struct net_keeper_events *events;
    void *owner;

    struct role_process process;
    ev_timer retry;
    ev_timer holder_check;
    struct restart_delay delay; /* before the role is started again */
    unsigned int restarts;
    struct holder_domain holder; /* of a passed-through card */
    struct iommu_facts facts;    /* of its IOMMU, if that contains it */
    bool is_enabled;    /* nic is not "none" */
    bool is_ready;
    bool was_ready;     /* once: a first failure ends mediatord */
    bool is_released;   /* dom0 has the card, or gets it now */
    bool is_stopping;

    net_keeper_done *done; /* whom a request's end is told */
    void *done_opaque;
};

/* Starts the role, unless there is to be none (nic = "none").  Fails with a
 * message. */
int net_keeper_start(struct net_keeper *net);

/* Asks the role to stop; the event `exited` follows if it runs.  The keeper
 * may never have been started. */
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

/* Sends the role a message, as role_process_send() does. */
int net_keeper_send(struct net_keeper *net,
                    const struct role_message *message, const int *fds,
                    unsigned int fd_count);

#endif
