/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * consoles.h - what happens to all consoles, or to one by its number
 */
#ifndef MEDIATOR_CONSOLES_H
#define MEDIATOR_CONSOLES_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisor/console/console_list.h"

/* What the net keeper tells of the net role (roles/net_keeper.h).  A number
 * that no console has any more means nothing. */
void consoles_net_ready(struct console_list *list);
void consoles_net_gone(struct console_list *list);
void consoles_net_answered(struct console_list *list, uint32_t number,
                           const char *problem);
void consoles_pty_removed(struct console_list *list, uint32_t number);

/* Some domain ended: looks whose. */
void consoles_check_domains(struct console_list *list);

/* What was served while xenstore was not asked yet (is_early) is shown to xl
 * console. */
void consoles_publish(struct console_list *list);

/* Takes what xl console would find from xenstore. */
void consoles_withdraw(struct console_list *list);

/* Asks all uart roles to stop; their servers stay for the next mediatord. */
void consoles_stop(struct console_list *list);
bool consoles_any_role_runs(const struct console_list *list);

/* No role runs any more. */
void consoles_free(struct console_list *list);

#endif
