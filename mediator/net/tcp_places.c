/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_places.c - the places that TCP clients have, and who gives way when all
 * are taken; the rule stands in tcp_places.h
 */
#include "net/tcp_places.h"

#include <string.h>

#include "net/tcp_listener.h"
#include "shared/log.h"

/* A flood must not fill the log. */
#define EVICTIONS_TOLD_EACH 1000u

static struct place {
    struct tcp_pcb *pcb;          /* NULL: free */
    const struct net_console *console;
    struct access_address owner;  /* the client's address, or its /64 */
    uint64_t came, half_closed;   /* in order; 0: it has not closed its half */
} places[NET_CLIENTS_MAX];

#define PLACES_END (places + NET_CLIENTS_MAX)

static uint64_t events; /* arrivals and half-closures */

/* ---- who has how many ---- */

static struct access_address owner_of(const struct tcp_pcb *pcb)
{
    struct access_address owner = tcp_listener_remote_address(pcb);

    if (IP_IS_V6(&pcb->remote_ip))
        memset(owner.bytes + 8, 0, sizeof(owner.bytes) - 8);
    return owner;
}

static bool has_owner(const struct place *place,
                      const struct access_address *owner)
{
    return !memcmp(&place->owner, owner, sizeof(*owner));
}

/* Counts from the given place on, which does for the first of its kind. */
static unsigned int count_console(const struct place *place,
                                  const struct net_console *console)
{
    unsigned int count = 0;

    for (; place < PLACES_END; place++)
        count += place->pcb && place->console == console;
    return count;
}

static unsigned int count_owner(const struct place *place,
                                const struct net_console *console,
                                const struct access_address *owner)
{
    unsigned int count = 0;

    for (; place < PLACES_END; place++)
        count += place->pcb && place->console == console &&
                 has_owner(place, owner);
    return count;
}

/* Returns a client of the console that has most. */
static const struct place *largest_console(unsigned int *most)
{
    const struct place *place, *largest = NULL;

    *most = 0;
    for (place = places; place < PLACES_END; place++) {
        unsigned int count = count_console(place, place->console);

        if (count <= *most)
            continue;
        *most = count;
        largest = place;
    }
    return largest;
}

/* Returns a client of the address that has most of this console's. */
static const struct place *largest_owner(const struct net_console *console,
                                         unsigned int *most)
{
    const struct place *place, *largest = NULL;

    *most = 0;
    for (place = places; place < PLACES_END; place++) {
        unsigned int count;

        if (place->console != console)
            continue;
        count = count_owner(place, console, &place->owner);
        if (count <= *most)
            continue;
        *most = count;
        largest = place;
    }
    return largest;
}

/* ---- who gives way ---- */

/* Whether the first of the two gives way before the second.  NULL does not. */
static bool goes_before(const struct place *one, const struct place *other)
{
    if (!other)
        return true;
    if (one->half_closed && other->half_closed)
        return one->half_closed < other->half_closed;
    if (one->half_closed || other->half_closed)
        return one->half_closed > 0;
    return one->came > other->came;
}

/* Of the console's clients, those of that address if one is given.  All places
 * are taken. */
static struct place *first_to_go(const struct net_console *console,
                                 const struct access_address *owner)
{
    struct place *place, *first = NULL;

    for (place = places; place < PLACES_END; place++)
        if (place->console == console && (!owner || has_owner(place, owner)) &&
            goes_before(place, first))
            first = place;
    return first;
}

static struct place *who_gives_way(const struct net_console *console,
                                   const struct access_address *newcomer)
{
    const struct place *owner, *other;
    struct place *first;
    unsigned int most;

    other = largest_console(&most);
    if (most >= count_console(places, console) + 2) {
        console = other->console;
        owner = largest_owner(console, &most);
        return first_to_go(console, &owner->owner);
    }
    owner = largest_owner(console, &most);
    if (most >= count_owner(places, console, newcomer) + 2)
        return first_to_go(console, &owner->owner);
    first = first_to_go(console, NULL);
    return first && first->half_closed ? first : NULL;
}

static void evict(struct place *place)
{
    static uint64_t evictions;

    if (!place->half_closed && evictions++ % EVICTIONS_TOLD_EACH == 0)
        log_warning("all %u places for clients are taken: %s, which has most "
                    "of those of TCP port %u, loses its newest (%llu so far)",
                    NET_CLIENTS_MAX, ipaddr_ntoa(&place->pcb->remote_ip),
                    place->console->options.tcp_port,
                    (unsigned long long)evictions);
    tcp_abort(place->pcb);
}

/* ---- for client_tcp.c ---- */

int tcp_place_take(struct tcp_pcb *pcb, const struct net_console *console)
{
    struct access_address owner = owner_of(pcb);
    struct place *place = places;

    while (place < PLACES_END && place->pcb)
        place++;
    if (place == PLACES_END) {
        place = who_gives_way(console, &owner);
        if (!place)
            return TCP_PLACE_NONE;
        evict(place);
    }
    *place = (struct place){
        .pcb = pcb, .console = console, .owner = owner, .came = ++events,
    };
    return (int)(place - places);
}

void tcp_place_half_closed(int place)
{
    places[place].half_closed = ++events;
}

void tcp_place_free(int place)
{
    places[place] = (struct place){ .pcb = NULL };
}
