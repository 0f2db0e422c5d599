/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_connection.h - one connection to xenstored, and the thread that waits
 * for its answers
 *
 * libxenstore's calls return when xenstored has answered, and may never do.
 * So a thread makes them.  Whoever has waited long enough gives the connection
 * up, and the thread lets go of it when its call returns.  Only one thread,
 * the supervisor's, uses what stands here.
 */
#ifndef MEDIATOR_STORE_CONNECTION_H
#define MEDIATOR_STORE_CONNECTION_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <xenstore.h>

#define STORE_PATH_BYTES 256
#define STORE_TEXT_BYTES 1024

enum store_operation {
    STORE_READ,
    STORE_WRITE,
    STORE_REMOVE,
    STORE_HIDE,  /* from all domains but dom0 */
    STORE_LIST,
    STORE_BEGIN, /* a transaction */
    STORE_END,
};

struct store_call {
    enum store_operation operation;
    xs_transaction_t within; /* STORE_BEGIN: the answer */
    bool is_aborted;         /* STORE_END */
    char path[STORE_PATH_BYTES];
    char text[STORE_TEXT_BYTES]; /* STORE_WRITE */

    /* The answer. */
    bool is_granted;
    int error;          /* unless it is granted: an errno */
    void *value;        /* STORE_READ, STORE_LIST: the caller's to free() */
    unsigned int count; /* bytes of a text without its end; paths of a list */
};

struct store_connection;

/* Begins to connect, and to set watches on the paths of `watched`, which ends
 * with NULL and stays where it is; each one's token is its path.  `opened` is
 * sent when that is done or has failed.  NULL, with errno, when memory is
 * short or, EUSERS, when too many connections that were given up still wait
 * for xenstored. */
struct store_connection *
store_connection_begin(struct ev_loop *loop, ev_async *opened,
                       const char *const *watched);

enum store_phase {
    STORE_OPENING,
    STORE_OPEN,
    STORE_FAILED, /* errno says why */
};

enum store_phase
store_connection_phase(struct store_connection *connection);

/* Both for a connection that is open.  False: there was no answer in time, and
 * the connection can only be given up.  True: `call` has the answer. */
bool store_connection_call(struct store_connection *connection,
                           struct store_call *call, uint64_t patience_ns);

/* For watches, which come without a call: its xs_fileno() and
 * xs_check_watch() wait for nobody. */
struct xs_handle *store_connection_xs(struct store_connection *connection);

/* The connection is closed when nothing waits for it any more; that much is
 * waited for as long as patience_ns. */
void store_connection_give_up(struct store_connection *connection,
                              uint64_t patience_ns);

#endif
