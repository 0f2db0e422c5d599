/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store.h - xenstore, which holds up nobody, whatever becomes of xenstored
 *
 * The calls are synchronous, as callers like them best, but no answer is
 * waited for longer than STORE_ANSWER_MS, and no longer than STORE_TURN_MS in
 * all in one turn of the event loop, in which systemd's watchdog is told that
 * the supervisor lives.  Then the connection is lost: all calls fail at once,
 * until xenstored has answered a new one, which is made in the background.
 */
#ifndef MEDIATOR_STORE_H
#define MEDIATOR_STORE_H

#include <ev.h>
#include <stdbool.h>
#include <xenstore.h>

/* A xenstored that works answers within a few milliseconds. */
#define STORE_ANSWER_MS 2000u
#define STORE_TURN_MS   10000u

/* How often it is looked whether xenstored has died, of which libxenstore
 * tells nobody, and connecting is tried again; in seconds. */
#define STORE_LOOK_SECONDS 2.0

struct store;

struct store_events {
    /* xenstore can be used, for the first time or again.  What was written may
     * be gone, and changes were missed. */
    void (*connected)(void *owner);
    /* A node at or below the watched path has changed; or @releaseDomain. */
    void (*changed)(void *owner, const char *watched, const char *path);
};

/* Not connected yet.  watched: the paths to be watched, NULL behind the last;
 * they are not copied.  NULL, with a message, when memory is short. */
struct store *store_open(struct ev_loop *loop, const char *const *watched,
                         const struct store_events *events, void *owner);

/* Begins to connect; the event `connected` follows when it is done. */
void store_start(struct store *store);

/* store may be NULL. */
void store_close(struct store *store);

bool store_is_connected(const struct store *store);

/* These fail with errno, without a message: ENOENT when there is no such node,
 * ENOTCONN when xenstored is not there, ETIMEDOUT when it did not answer.
 * within: a transaction, or XBT_NULL.  What they return is the caller's to
 * free(). */

/* length, which may be NULL: without the zero behind the text. */
char *store_read(struct store *store, xs_transaction_t within,
                 const char *path, unsigned int *length);

bool store_write(struct store *store, xs_transaction_t within,
                 const char *path, const char *text);

/* No domain but dom0 can read or write the node. */
bool store_hide(struct store *store, xs_transaction_t within,
                const char *path);

/* The node and all below it. */
bool store_remove(struct store *store, xs_transaction_t within,
                  const char *path);

/* The names directly below a node. */
char **store_list(struct store *store, const char *path,
                  unsigned int *count);

/* A transaction; XBT_NULL when it fails.  store_end() fails with EAGAIN when
 * all of it is to be done again. */
xs_transaction_t store_begin(struct store *store);
bool store_end(struct store *store, xs_transaction_t transaction,
               bool is_aborted);

#endif
