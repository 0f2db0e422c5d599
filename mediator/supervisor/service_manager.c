/* SPDX-License-Identifier: BSD-2-Clause */
/* service_manager.c - what the supervisor tells systemd */
#include "supervisor/service_manager.h"

#include <stdint.h>
#include <systemd/sd-daemon.h>

/* In seconds; each one of these messages is good for three. */
#define WAIT_SECONDS 10.0
#define WAIT_MESSAGE "EXTEND_TIMEOUT_USEC=30000000\n" \
                     "STATUS=waiting for xenstored; guests are served"

static void on_watchdog(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)watcher;
    (void)events;
    sd_notify(0, "WATCHDOG=1");
}

static void on_wait(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)watcher;
    (void)events;
    sd_notify(0, WAIT_MESSAGE);
}

void service_manager_start(struct service_manager *manager,
                           struct ev_loop *loop)
{
    uint64_t limit_us;
    double seconds;

    ev_timer_init(&manager->wait, on_wait, WAIT_SECONDS, WAIT_SECONDS);
    ev_timer_start(loop, &manager->wait);
    ev_timer_init(&manager->watchdog, on_watchdog, 0., 0.);
    if (sd_watchdog_enabled(0, &limit_us) <= 0)
        return;
    seconds = limit_us / 1e6 / 3; /* two in a row may be late */
    ev_timer_set(&manager->watchdog, seconds, seconds);
    ev_timer_start(loop, &manager->watchdog);
}

void service_manager_stop(struct service_manager *manager,
                          struct ev_loop *loop)
{
    ev_timer_stop(loop, &manager->watchdog);
    service_manager_end_wait(manager, loop);
}

void service_manager_end_wait(struct service_manager *manager,
                              struct ev_loop *loop)
{
    ev_timer_stop(loop, &manager->wait);
}

void service_manager_say_ready(const char *status)
{
    sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void service_manager_say_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}
