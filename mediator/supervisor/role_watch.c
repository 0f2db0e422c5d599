/* SPDX-License-Identifier: BSD-2-Clause */
/* role_watch.c - each role is asked for a sign of life, and killed without */
#include "supervisor/role_watch.h"

#include <stdio.h>

#include "shared/log.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/roles/net_keeper.h"

/* Whether a debugger has the process: only root can have brought it there, who
 * stops it and lets it go on as he likes. */
static bool is_traced(pid_t pid)
{
    char path[32], line[128];
    int tracer = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file) &&
           sscanf(line, "TracerPid: %d", &tracer) != 1)
        ;
    if (file)
        fclose(file);
    return tracer > 0;
}

/* A process in state D does not end before the kernel lets it go. */
static void end(struct role_process *process, unsigned int limit,
                const char *whose)
{
    if (process->pings == limit)
        log_warning("%s (process %d) has given no sign of life for %.0f s; "
                    "it is killed and started again", whose,
                    (int)process->pid, limit * ROLE_WATCH_SECONDS);
    else if (process->pings == limit + ROLE_WATCH_PINGS)
        log_error("%s (process %d) does not end although it was killed, and "
                  "whoever needs it waits; see /proc/%d/stack", whose,
                  (int)process->pid, (int)process->pid);
    process->pings++;
    role_process_kill(process);
}

static void look_at(struct role_process *process, bool is_ready,
                    const char *whose)
{
    unsigned int limit = is_ready ? ROLE_WATCH_PINGS
                                  : ROLE_WATCH_PINGS_STARTING;

    if (!role_process_is_running(process))
        return;
    if (process->pings < limit)
        role_process_ping(process);
    else if (!is_traced(process->pid))
        end(process, limit, whose);
}

static void on_look(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct role_watch *watch = watcher->data;
    struct net_keeper *net = watch->net;
    struct console *console;
    char whose[sizeof(console->label) + 32];

    (void)loop;
    (void)events;
    look_at(&net->process, net->is_ready, "the net role");
    console_list_for_each(console, watch->consoles) {
        snprintf(whose, sizeof(whose), "the uart role of console %s",
                 console->label);
        look_at(&console->uart, console->is_uart_ready, whose);
    }
}

void role_watch_start(struct role_watch *watch)
{
    ev_timer_init(&watch->look, on_look, ROLE_WATCH_SECONDS,
                  ROLE_WATCH_SECONDS);
    watch->look.data = watch;
    /* An answer that has come is heard before its role is judged. */
    ev_set_priority(&watch->look, EV_MINPRI);
    ev_timer_start(watch->loop, &watch->look);
}

void role_watch_stop(struct role_watch *watch)
{
    ev_timer_stop(watch->loop, &watch->look);
}
