/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_list.h - all consoles, and what they need of the supervisor
 *
 * The supervisor fills in the second half before it calls anything of this
 * folder.  Consoles know nothing else of it.
 */
#ifndef MEDIATOR_CONSOLE_LIST_H
#define MEDIATOR_CONSOLE_LIST_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

struct config;
struct console;
struct console_break;
struct domains;
struct net_keeper;

/* What consoles tell the supervisor. */
struct console_list_events {
    /* A console became idle or was removed: a request that met CONSOLE_BUSY
     * may be granted now. */
    void (*idle)(void *owner);
    /* A uart role was reaped while mediatord stops. */
    void (*role_exited)(void *owner);
};

struct console_list {
    struct console *first;
    uint32_t last_number; /* of a console; none is used twice */
    bool is_early;        /* mediatord begins: xenstore is not asked yet */
    bool is_closed;       /* no request is begun any more */
    bool is_stopping;     /* no uart role is started again */
    ev_timer net_retry;   /* console_network.c's */
    struct console_break *breaks; /* these three are console_break.c's */
    uint32_t last_break, break_count;
    double breaks_since;

    struct ev_loop *loop;
    const struct config *config;
    struct domains *domains;
    struct net_keeper *net;
    int uart_program;   /* of role_process_open_program() */
    int lock_fd;        /* uart roles inherit it */
    unsigned int spins; /* of uart roles (config_spins()) */
    const struct console_list_events *events;
    void *owner;
};

/* The body may not remove consoles. */
#define console_list_for_each(console, list) \
    for ((console) = (list)->first; (console); (console) = (console)->next)

/* A console stands on its list (console->list) from here to there. */
void console_list_add(struct console *console);
void console_list_remove(struct console *console);

unsigned int console_list_count(const struct console_list *list);

/* All of these: NULL when there is none.  name NULL: the guest's first. */
struct console *console_list_find(const struct console_list *list,
                                  const char *guest, const char *name);
struct console *console_list_by_number(const struct console_list *list,
                                       uint32_t number);

/* The one that is meant: name NULL is the guest's only console.  NULL, with a
 * message, when there is none or more than one. */
struct console *console_list_find_one(const struct console_list *list,
                                      const char *guest, const char *name);

#endif
