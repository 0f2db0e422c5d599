/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisor.h - the process that holds the handles which roles must not have,
 * starts the roles, and is never on the way of a byte
 *
 * A folder includes what stands below it here, and nothing above:
 *
 *     supervisor/           supervisor, which connects the parts;
 *                           control_socket and xl_requests, by which others
 *                           ask for something; status; role_watch, which
 *                           finds roles that hang; unserved_guests, which
 *                           finds guests without a console; orderly_stop and
 *                           directory_lock: its end, and its successor's
 *                           beginning
 *     supervisor/console/   the consoles (console.h lists its files)
 *     supervisor/roles/     role_process: a role's process and its link;
 *                           restart_delay: when it is started again;
 *                           net_keeper: the net role, and its card
 *     supervisor/config/    mediator.cfg, and the options of a console
 *     supervisor/host/      Xen's domains, xenstore, Linux's ttys, PCI devices
 *     shared/               what the roles use too
 *
 * What is below tells what is above by a struct of events that the latter
 * gives it: struct role_process_kind, struct net_keeper_events and struct
 * console_list_events.  Consoles know the net keeper and send the net role
 * what concerns them; the keeper knows consoles by their numbers only.
 */
#ifndef MEDIATOR_SUPERVISOR_H
#define MEDIATOR_SUPERVISOR_H

#include "supervisor/config/config.h"

/* Runs until SIGTERM or SIGINT; returns an exit status. */
int supervisor_main(const struct config *config);

#endif
