/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * service_manager.h - what the supervisor tells systemd
 *
 * Where no systemd has started it, none of these does anything.
 */
#ifndef MEDIATOR_SERVICE_MANAGER_H
#define MEDIATOR_SERVICE_MANAGER_H

#include <ev.h>

struct service_manager {
    ev_timer watchdog;
};

/* From now on systemd is told that the loop lives, as often as it asks to be
 * (WatchdogSec=), until the second one is called. */
void service_manager_start(struct service_manager *manager,
                           struct ev_loop *loop);
void service_manager_stop(struct service_manager *manager,
                          struct ev_loop *loop);

/* Says that guests can be created now and that the network answers; and, with
 * the second one, that mediatord is about to end. */
void service_manager_say_ready(const char *status);
void service_manager_say_stopping(void);

#endif
