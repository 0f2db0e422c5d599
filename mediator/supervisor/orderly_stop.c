/* SPDX-License-Identifier: BSD-2-Clause */
/* orderly_stop.c - the net role ends, then the uart roles, each in time */
#include "supervisor/orderly_stop.h"

#include <time.h>

#include "shared/log.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/consoles.h"
#include "supervisor/roles/net_keeper.h"

/* Not the loop's time, which jumps when dom0's clock is set. */
static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static bool does_net_role_run(const struct orderly_stop *stop)
{
    return role_process_is_running(&stop->net->process);
}

/* The loop's idea of the time may be that of before a long call. */
static void set_deadline(struct orderly_stop *stop, double after)
{
    ev_now_update(stop->loop);
    ev_timer_stop(stop->loop, &stop->deadline);
    ev_timer_set(&stop->deadline, after, 0.);
    ev_timer_start(stop->loop, &stop->deadline);
}

static void kill_net_role(struct orderly_stop *stop)
{
    if (!does_net_role_run(stop))
        return;
    log_warning("the net role (process %d) does not stop; killed",
                (int)stop->net->process.pid);
    role_process_kill(&stop->net->process);
}

static void kill_uart_roles(struct orderly_stop *stop)
{
    struct console *console;

    console_list_for_each(console, stop->consoles) {
        if (!role_process_is_running(&console->uart))
            continue;
        log_warning("console %s: its uart role (process %d) does not stop; "
                    "killed", console->label, (int)console->uart.pid);
        role_process_kill(&console->uart);
    }
}

/* A process that waits in the kernel (state D) does not go even when it is
 * killed.  It never runs again, so that others need not wait for it. */
static void name_what_is_left(const struct orderly_stop *stop)
{
    const struct console *console;

    if (does_net_role_run(stop))
        log_error("the net role (process %d) does not end although it was "
                  "killed; it is left behind: see /proc/%d/stack",
                  (int)stop->net->process.pid, (int)stop->net->process.pid);
    console_list_for_each(console, stop->consoles)
        if (role_process_is_running(&console->uart))
            log_error("console %s: its uart role (process %d) does not end "
                      "although it was killed; it is left behind: see "
                      "/proc/%d/stack", console->label,
                      (int)console->uart.pid, (int)console->uart.pid);
}

static void finish(struct orderly_stop *stop)
{
    ev_timer_stop(stop->loop, &stop->deadline);
    stop->stage = ORDERLY_STOP_OVER;
    stop->events->over(stop->owner);
}

/* As long as uart roles end, the next one is waited for. */
static void await_uart_role(struct orderly_stop *stop)
{
    double left = stop->uart_limit - seconds();

    set_deadline(stop, left < 0. ? 0.
                       : left < ORDERLY_STOP_QUIET ? left
                                                   : ORDERLY_STOP_QUIET);
}

static void begin_uart_roles(struct orderly_stop *stop)
{
    stop->stage = ORDERLY_STOP_UART_ROLES;
    stop->events->guests_will_wait(stop->owner);
    stop->uart_limit = seconds() + ORDERLY_STOP_UART;
    await_uart_role(stop);
    consoles_stop(stop->consoles);
}

void orderly_stop_progress(struct orderly_stop *stop)
{
    if (stop->stage == ORDERLY_STOP_NET_ROLE && !does_net_role_run(stop))
        begin_uart_roles(stop);
    else if (stop->stage == ORDERLY_STOP_UART_ROLES)
        await_uart_role(stop);
    if ((stop->stage == ORDERLY_STOP_UART_ROLES ||
         stop->stage == ORDERLY_STOP_KILLED) &&
        !does_net_role_run(stop) && !consoles_any_role_runs(stop->consoles))
        finish(stop);
}

static void on_deadline(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct orderly_stop *stop = watcher->data;

    (void)loop;
    (void)events;
    switch (stop->stage) {
    case ORDERLY_STOP_NET_ROLE:
        kill_net_role(stop);
        begin_uart_roles(stop);
        orderly_stop_progress(stop);
        break;
    case ORDERLY_STOP_UART_ROLES:
        stop->stage = ORDERLY_STOP_KILLED;
        set_deadline(stop, ORDERLY_STOP_KILL);
        kill_uart_roles(stop);
        break;
    case ORDERLY_STOP_KILLED:
        name_what_is_left(stop);
        finish(stop);
        break;
    case ORDERLY_STOP_NOT_BEGUN:
    case ORDERLY_STOP_OVER:
        break;
    }
}

void orderly_stop_begin(struct orderly_stop *stop)
{
    stop->stage = ORDERLY_STOP_NET_ROLE;
    ev_timer_init(&stop->deadline, on_deadline, 0., 0.);
    stop->deadline.data = stop;
    set_deadline(stop, ORDERLY_STOP_NET);
    stop->consoles->is_closed = true;
    net_keeper_stop(stop->net);
    orderly_stop_progress(stop);
}
