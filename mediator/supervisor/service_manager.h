/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * service_manager.h - what the supervisor tells systemd; without one, nothing
 * happens
 */
#ifndef MEDIATOR_SERVICE_MANAGER_H
#define MEDIATOR_SERVICE_MANAGER_H

#include <ev.h>

struct service_manager {
    ev_timer watchdog;
};

/* Says that the loop lives, as often as systemd asks for it. */
void service_manager_start(struct service_manager *manager,
                           struct ev_loop *loop);
void service_manager_stop(struct service_manager *manager,
                          struct ev_loop *loop);

/* Guests can be created now, and the network answers. */
void service_manager_say_ready(const char *status);
void service_manager_say_stopping(void);

#endif
