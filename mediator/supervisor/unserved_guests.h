/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unserved_guests.h - says so when a guest runs without its console
 *
 * An xl that does not know ioreq_server creates such a guest without a word:
 * Debian's own at /usr/sbin/xl, say.  To serve it then would be of little
 * use, as its firmware and kernel have looked for the port and found none, and
 * might do harm, as somebody may want it so.  So it is said, and no more.
 */
#ifndef MEDIATOR_UNSERVED_GUESTS_H
#define MEDIATOR_UNSERVED_GUESTS_H

#include <ev.h>

struct console_list;

/* How long after the news of a new domain it is looked, in seconds.  Somebody
 * may be about to serve it by mediatorctl. */
#define UNSERVED_GUESTS_SECONDS 15.0

struct unserved_guests {
    struct ev_loop *loop;          /* both are filled in by the owner */
    struct console_list *consoles;
    ev_timer look;
};

void unserved_guests_start(struct unserved_guests *guests);
void unserved_guests_stop(struct unserved_guests *guests);

/* There may be a new domain. */
void unserved_guests_look_later(struct unserved_guests *guests);

#endif
