/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.h - one client of one console, of whatever kind
 *
 * A client reads a console's output and may type.  It has its own place in
 * the out ring and takes nothing from the others: neither time, nor memory,
 * nor their place in the history.  Output that it does not take stays in the
 * ring.  Input for which the in ring has no room is held here, a bounded
 * amount of it, and meanwhile no more is taken from the client, so that
 * nobody's memory grows.
 *
 * A kind of client is a file with its struct client_ops.  Its own struct
 * holds a struct client, which it links to a console (net_console.h) when
 * somebody comes and unlinks when he has gone.  Today's kinds:
 *
 *     client_tcp.c      whoever connects to the console's TCP port
 *     client_attach.c   mediatorctl attach
 *     client_pty.c      the reader of a pty, as xl console
 */
#ifndef MEDIATOR_CLIENT_H
#define MEDIATOR_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/client_reader.h"
#include "net_limits.h"

/* What a client may have typed before the in ring takes it.  A TCP client's
 * window is as wide, so that what its machine sends always fits. */
#define CLIENT_HELD_MAX  NET_WINDOW_BYTES

#define CLIENT_NEVER_ENDS UINT64_MAX

struct client;
struct net_console;

struct client_ops {
    /* Hands on what the out ring holds, as much as the client takes now, and
     * sets is_blocked if it takes no more.  Must not unlink the client. */
    void (*send)(struct client *client);

    /* Of the input that was held, so many bytes are not held any more: that
     * much more may be taken from the client. */
    void (*released)(struct client *client, size_t bytes);

    /* The console is being removed.  The client gets the rest of the ring
     * and is then closed, by force if it has not taken all of it after so
     * many seconds; what it typed and the in ring does not take is thrown
     * away.  May unlink the client. */
    void (*close)(struct client *client, uint8_t seconds);

    /* After close(): whether the client has got everything.  NULL if none of
     * the kind is linked any more after its close(). */
    bool (*is_done)(const struct client *client);

    /* Takes what the client has sent already, as if the loop had told of it;
     * may unlink the client.  NULL if that comes by the card. */
    void (*hear)(struct client *client);

    /* Called each second; may unlink the client.  NULL if the kind needs no
     * such look. */
    void (*check)(struct client *client);
};

struct client {
    const struct client_ops *ops;
    struct net_console *console; /* NULL: not linked to any */
    struct client *next;         /* of the same console */
    struct client_reader reader;
    uint64_t end;          /* the client gets no byte from this offset on */
    bool is_read_only;     /* what it types is thrown away */
    bool is_half_closed;   /* types no more, and may have gone */
    bool is_told_of_no_guest; /* it has typed in vain, and knows */
    bool is_blocked;       /* takes no output now, or never again.  Its kind
                            * notices when it does, and sends by itself */
    uint16_t held_at;      /* the held input is held[held_at] and the */
    uint16_t held_bytes;   /* held_bytes - 1 bytes behind it */
    char news[CLIENT_NOTICE_BYTES_MAX]; /* what it is to read in the output's
                                         * next gap; "" when there is none */
    uint8_t held[CLIENT_HELD_MAX];
};

/* A client that reads from offset `cursor` of the out ring on and is not
 * linked yet. */
void client_init(struct client *client, const struct client_ops *ops,
                 uint64_t cursor);

/* Of the next `bytes` bytes of the ring, those before the client's end. */
size_t client_bytes_due(const struct client *client, size_t bytes);

/* Where the client's next `bytes` bytes of input go, behind those that are
 * held; NULL if that is more than can be held.  They count only once
 * net_console_typed() is told of them. */
uint8_t *client_space(struct client *client, size_t bytes);

/* The text that the client is to get before any more of the output, as
 * client_reader_notice(): what it missed, or else its news.  Returns its
 * length; 0 when there is none.  client_told() forgets it. */
size_t client_notice(const struct client *client,
                     char text[CLIENT_NOTICE_BYTES_MAX]);
void client_told(struct client *client);

/* Is there such a text? */
static inline bool client_has_notice(const struct client *client)
{
    return client->reader.missed > 0 || *client->news;
}

/* The first `bytes` bytes of the held input are in the in ring, or thrown
 * away. */
void client_release(struct client *client, size_t bytes);

#endif
