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
    ev_timer wait;
};

/* From now on systemd is told that the loop lives, as often as it asks to be
 * (WatchdogSec=), until the second one is called; and that it takes its time
 * to get ready (TimeoutStartSec=), until service_manager_end_wait(). */
void service_manager_start(struct service_manager *manager,
                           struct ev_loop *loop);
void service_manager_stop(struct service_manager *manager,
                          struct ev_loop *loop);

/* What was waited for is there. */
void service_manager_end_wait(struct service_manager *manager,
                              struct ev_loop *loop);

/* Says that guests can be created now and that the network answers; and, with
 * the second one, that mediatord is about to end. */
void service_manager_say_ready(const char *status);
void service_manager_say_stopping(void);

#endif
