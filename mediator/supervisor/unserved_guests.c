/* SPDX-License-Identifier: BSD-2-Clause */
/* unserved_guests.c - says so when a guest runs without its console */
#include "supervisor/unserved_guests.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "shared/log.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/host/domain.h"

/* Any console of the domain's will do: a guest may have had more of them in an
 * earlier life. */
static bool has_console(const struct console_list *list, uint32_t domid)
{
    const struct console *console;

    console_list_for_each(console, list)
        if (console->state != CONSOLE_NEW && console->state != CONSOLE_IDLE &&
            console->domain.domid == domid)
            return true;
    return false;
}

static void warn(const struct console *console, uint32_t domid)
{
    log_warning("domain %u, \"%s\", runs without console %s: nobody asked for "
                "that.  Does its configuration have ioreq_server, and was it "
                "created by an xl that knows it (/usr/local/sbin/xl)?  "
                "Debian's own drops it.  mediatorctl serve %s serves the "
                "ports from now on", domid, console->guest, console->label,
                console->guest);
}

static void look_at(void *opaque, const struct domain *domain)
{
    struct unserved_guests *guests = opaque;
    struct console *console = console_list_find(guests->consoles,
                                                domain->name, NULL);

    if (!console || domain->is_dying || !domain->is_hvm ||
        has_console(guests->consoles, domain->domid))
        return;
    /* One that has not begun is still being created, or served by hand. */
    if (domain->is_paused) {
        unserved_guests_look_later(guests);
        return;
    }
    if (console->unserved_domid != domain->domid)
        warn(console, domain->domid);
    console->unserved_domid = domain->domid;
}

static void on_look(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct unserved_guests *guests = watcher->data;

    (void)loop;
    (void)events;
    domains_each(guests->consoles->domains, look_at, guests);
}

void unserved_guests_start(struct unserved_guests *guests)
{
    ev_timer_init(&guests->look, on_look, UNSERVED_GUESTS_SECONDS, 0.);
    guests->look.data = guests;
}

void unserved_guests_stop(struct unserved_guests *guests)
{
    ev_timer_stop(guests->loop, &guests->look);
}

void unserved_guests_look_later(struct unserved_guests *guests)
{
    if (ev_is_active(&guests->look))
        return;
    ev_timer_set(&guests->look, UNSERVED_GUESTS_SECONDS, 0.);
    ev_timer_start(guests->loop, &guests->look);
}
