/* SPDX-License-Identifier: BSD-2-Clause */
/* consoles.c - what happens to all consoles, or to one by its number */
#include "supervisor/console/consoles.h"

#include "shared/log.h"
#include "supervisor/console/console_break.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_network.h"
#include "supervisor/console/console_pty.h"

void consoles_net_ready(struct console_list *list)
{
    struct console *console;

    console_list_for_each(console, list)
        if (console_is_on_network(console) && console_network_add(console))
            log_warning("console %s is not on the network", console->label);
}

void consoles_net_gone(struct console_list *list)
{
    struct console *console;

    console_list_for_each(console, list)
        console_network_gone(console);
    console_breaks_net_gone(list);
}

void consoles_net_answered(struct console_list *list, uint32_t number,
                           const char *problem)
{
    struct console *console = console_list_by_number(list, number);

    if (console)
        console_net_answered(console, problem);
}

void consoles_pty_removed(struct console_list *list, uint32_t number)
{
    struct console *console = console_list_by_number(list, number);

    if (console)
        console_pty_removed(console);
}

void consoles_check_domains(struct console_list *list)
{
    struct console *console, *next;

    for (console = list->first; console; console = next) {
        next = console->next;
        console_check_domain(console);
    }
}

void consoles_publish(struct console_list *list)
{
    struct console *console;

    console_list_for_each(console, list)
        if (console->state == CONSOLE_SERVING)
            console_pty_publish(console);
}

void consoles_withdraw(struct console_list *list)
{
    struct console *console;

    console_list_for_each(console, list)
        console_pty_withdraw(console);
}

void consoles_stop(struct console_list *list)
{
    struct console *console;

    list->is_stopping = true;
    ev_timer_stop(list->loop, &list->net_retry);
    console_list_for_each(console, list) {
        ev_timer_stop(list->loop, &console->retry);
        role_process_stop(&console->uart);
    }
}

bool consoles_any_role_runs(const struct console_list *list)
{
    const struct console *console;

    console_list_for_each(console, list)
        if (role_process_is_running(&console->uart))
            return true;
    return false;
}

void consoles_free(struct console_list *list)
{
    struct console *console;

    ev_timer_stop(list->loop, &list->net_retry);
    console_breaks_net_gone(list);
    while ((console = list->first)) {
        console_list_remove(console);
        console_free(console);
    }
}
