/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_service.h - the supervisor's care for the one net role
 *
 * It starts the role, starts it again when it dies, and tells it each time
 * which consoles there are.
 */
#ifndef MEDIATOR_NET_SERVICE_H
#define MEDIATOR_NET_SERVICE_H

#include <ev.h>
#include <stdbool.h>

#include "holder_domain.h"
#include "role_process.h"

struct console;
struct supervisor;

struct net_service {
    struct supervisor *supervisor;
    struct role_process process;
    ev_timer retry;
    double retry_delay; /* seconds; grows while it dies at start */
    unsigned int restarts;
    struct holder_domain holder; /* of a passed-through card */
    bool is_enabled;    /* nic is not "none" */
    bool is_ready;
    bool was_ready;     /* once: a first failure ends mediatord */
};

int net_service_start(struct net_service *net, struct supervisor *supervisor);
void net_service_stop(struct net_service *net);

/* The answer comes as console_net_answered(). */
int net_service_add(struct net_service *net, struct console *console);
void net_service_remove(struct net_service *net, struct console *console);

#endif
