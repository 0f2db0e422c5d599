/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisor.h - what the supervisor's parts share
 *
 * The supervisor holds the handles that roles must not have, starts roles,
 * and is never on the way of a byte.
 */
#ifndef MEDIATOR_SUPERVISOR_H
#define MEDIATOR_SUPERVISOR_H

#include <ev.h>
#include <stdbool.h>

#include "supervisor/config/config.h"
#include "supervisor/host/domain.h"
#include "supervisor/roles/net_keeper.h"
#include "supervisor/service_manager.h"

struct console;
struct control_socket;
struct xl_requests;

struct supervisor {
    struct ev_loop *loop;
    const struct config *config;
    struct domains *domains;
    struct net_keeper net;
    struct control_socket *control;
    struct xl_requests *xl;
    struct console *consoles; /* a list; console.h */
    int lock_fd;              /* inherited by every role */
    int uart_program, net_program; /* role_process_open_program() */
    unsigned int spins;       /* uart roles' (config_spins()) */
    struct service_manager manager;
    bool is_stopping;
    int rc;                   /* why the loop ended */
};

/* Runs until SIGTERM; returns an exit status. */
int supervisor_main(const struct config *config);

/* Ends the loop once all roles are gone.  rc is not 0 after an error. */
void supervisor_stop(struct supervisor *supervisor, int rc);

/* The net role is at work (again). */
void supervisor_net_ready(struct supervisor *supervisor);

/* A domain or an operator let go of a console: who waits for it may ask again. */
void supervisor_console_idle(struct supervisor *supervisor);

/* A role was reaped: perhaps the last one. */
void supervisor_role_exited(struct supervisor *supervisor);

#endif
