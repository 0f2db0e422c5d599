/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_console.h - a console as the net role sees it: its two rings, and the
 * clients of every kind between them and the network
 *
 * A console listens from ROLE_ADD_CONSOLE on.  From ROLE_REMOVE_CONSOLE on it
 * is leaving: nobody new comes, nothing that is typed is heard, and it goes
 * with the last of its clients.
 *
 * Nothing here waits or knows of an event loop.  net_loop.c asks what is
 * unsent (net_consoles.h), decides when it is sent, and sleeps by the rules
 * of wake.h.
 */
#ifndef MEDIATOR_NET_CONSOLE_H
#define MEDIATOR_NET_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/client.h"
#include "net/tcp_listener.h"
#include "shared/access_list.h"
#include "shared/console_options.h"
#include "shared/in_ring.h"
#include "shared/out_ring.h"
#include "shared/wake.h"

struct net_console {
    uint32_t number; /* the supervisor's name for it */
    struct console_options options;
    struct access_list allow; /* of the options */
    struct out_ring out;
    struct in_ring in;
    struct waker uart;    /* the uart role's FIFO */
    struct tcp_listener listener;
    struct client *clients; /* the newest first */
    uint64_t flushed;     /* the out ring's head when clients were last sent
                           * something */
    uint64_t typed;       /* the in ring's head at that time */
    uint32_t sleep_count; /* wake.h */
    bool is_used;         /* false: a free place */
    bool is_leaving;
    bool is_asleep;       /* its uart role is asked to wake us */
    bool wants_room;      /* a client's input is held, for want of room */
    bool has_guest;       /* what is typed is for somebody */
    bool had_wire;        /* when it was looked at last */
    bool is_wire_gone;    /* and the clients know that */
    uint64_t wire_missed; /* as reported when it went */
};

/* Opens the console's rings with their descriptors: out ring, in ring, the
 * uart role's FIFO.  Those that it takes over become -1 in fds, on failure
 * too.  Returns 0, or -1 with a message logged; then the caller closes what is
 * left in fds and discards the console. */
int net_console_open(struct net_console *console, uint32_t number,
                     const struct console_options *options, int *fds);

/* Its port is open: from here on it has clients. */
void net_console_begin(struct net_console *console);

/* The console has a guest from here on, or has none any more.  What was typed
 * while there was none is for nobody, also what is still held: it is thrown
 * away, and who typed it reads that.  May unlink clients. */
void net_console_set_guest(struct net_console *console, bool has_guest);

/* A break is sent to the guest, behind all that its clients have sent.
 * Returns NULL, or why it was not.  May unlink clients. */
const char *net_console_break(struct net_console *console);

/* Each client reads the text in the next gap of its output.  Less than
 * CLIENT_NOTICE_BYTES_MAX bytes. */
void net_console_tell(struct net_console *console, const char *text);

/* The console listens no more and is leaving; its clients are closed
 * (client.h).  If it has none, it is discarded at once. */
void net_console_remove(struct net_console *console, uint8_t seconds);

/* Its place is free again. */
void net_console_discard(struct net_console *console);

/* ---- for the kinds of client ---- */

/* The client is one of the console's from here on. */
void net_console_link(struct net_console *console, struct client *client);

/* The client has gone; its struct is its owner's again.  A console that is
 * leaving goes with its last client. */
void net_console_unlink(struct client *client);

/* The client types no more.  Whether it still reads will show. */
void net_console_half_closed(struct client *client);

/* How far the guest has written: an offset of the out ring. */
uint64_t net_console_head(const struct net_console *console);

/* Copies what the client is to get next, as client_reader_copy() does, and
 * nothing from its end on. */
size_t net_console_copy(struct client *client, void *buffer, size_t bytes);

/* Whether anything is done with what the client types.  A client that is not
 * linked is not heard either. */
bool net_console_hears(const struct client *client);

/* The client typed something that was thrown away, as it is not heard: it is
 * told if that is for want of a guest. */
void net_console_ignored(struct client *client);

/* The client typed `bytes` bytes, which stand in its client_space().  They go
 * into the in ring, as far as there is room, and the uart role is woken; the
 * rest is held. */
void net_console_typed(struct client *client, size_t bytes);

/* ---- for net_consoles.c, which does it to all of them ---- */

/* Whether at least bytes_min bytes were written since the last flush, and
 * there is somebody to read them. */
bool net_console_has_unsent(const struct net_console *console,
                            uint64_t bytes_min);

/* Whether something is unsent and a client has typed since the last flush:
 * that client waits for it. */
bool net_console_owes_answer(const struct net_console *console);

/* Hands the clients what they have not got yet.  Returns how many bytes the
 * guest wrote since the last flush. */
uint64_t net_console_flush(struct net_console *console);

/* Goes on with input that is held, if the in ring is at least half empty.  To
 * be called before each sleep. */
void net_console_resume_input(struct net_console *console);

/* Asks the uart role to wake us, if a client waits for output or for room.
 * Returns false when there is something to do already, so that sleeping would
 * be wrong. */
bool net_console_sleep(struct net_console *console);
void net_console_woken(struct net_console *console);

/* To be called each second. */
void net_console_check(struct net_console *console);

/* After net_console_remove(): whether its clients have got everything. */
bool net_console_is_done(const struct net_console *console);

#endif
