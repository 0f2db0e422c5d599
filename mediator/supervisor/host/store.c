/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store.c - calls of xenstore that end in time, and connecting again when
 * xenstored was lost
 */
#include "supervisor/host/store.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/log.h"
#include "supervisor/host/store_connection.h"

#define NS_A_MS UINT64_C(1000000)

/* Whoever changes nodes without end must not keep the supervisor from all
 * else. */
#define CHANGES_A_TURN 64

struct store {
    struct ev_loop *loop;
    const char *const *watched;
    const struct store_events *events;
    void *owner;

    struct store_connection *connection; /* NULL: there is none now */
    bool is_connected;                   /* it is open */
    bool is_loss_told;
    ev_async opened; /* it is open, or has failed */
    ev_io changes;
    ev_timer look;

    unsigned int turn; /* of the loop */
    uint64_t left_ns;  /* to be waited in that turn */
};

/* ---- connected and lost ---- */

static void tell_loss(struct store *store, const char *why)
{
    if (!store->is_loss_told)
        log_warning("xenstore: %s; guests are served as before, and it is "
                    "tried again until xenstored answers (systemctl status "
                    "xenstored)", why);
    store->is_loss_told = true;
}

static void lose(struct store *store, const char *why)
{
    tell_loss(store, why);
    ev_io_stop(store->loop, &store->changes);
    store_connection_give_up(store->connection, 0);
    store->connection = NULL;
    store->is_connected = false;
}

static void connect_to(struct store *store)
{
    store->connection = store_connection_begin(store->loop, &store->opened,
                                               store->watched);
    if (!store->connection)
        tell_loss(store, strerror(errno));
}

static void note_connected(struct store *store)
{
    store->is_connected = true;
    ev_io_set(&store->changes,
              xs_fileno(store_connection_xs(store->connection)), EV_READ);
    ev_io_start(store->loop, &store->changes);
    if (store->is_loss_told)
        log_info("xenstored answers again");
    store->is_loss_told = false;
    store->events->connected(store->owner);
}

static void on_opened(struct ev_loop *loop, ev_async *watcher, int events)
{
    struct store *store = watcher->data;

    (void)loop;
    (void)events;
    /* That may have been sent for one that was given up meanwhile. */
    if (!store->connection || store->is_connected)
        return;
    switch (store_connection_phase(store->connection)) {
    case STORE_OPENING:
        break;
    case STORE_OPEN:
        note_connected(store);
        break;
    case STORE_FAILED:
        lose(store, strerror(errno));
        break;
    }
}

/* ---- changes ---- */

static void tell_changes(struct store *store)
{
    unsigned int count;
    char **event;

    /* A call that is late, in what is done at a change, loses the
     * connection. */
    for (count = 0; store->is_connected && count < CHANGES_A_TURN; count++) {
        event = xs_check_watch(store_connection_xs(store->connection));
        if (!event && errno != EAGAIN)
            lose(store, "the connection has broken");
        if (!event)
            return;
        store->events->changed(store->owner, event[XS_WATCH_TOKEN],
                               event[XS_WATCH_PATH]);
        free(event);
    }
}

static void on_changes(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    tell_changes(watcher->data);
}

static void on_look(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct store *store = watcher->data;

    (void)loop;
    (void)events;
    if (store->is_connected)
        tell_changes(store);
    else if (!store->connection)
        connect_to(store);
}

/* ---- calls ---- */

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec;
}

static uint64_t patience_ns(struct store *store)
{
    unsigned int turn = ev_iteration(store->loop);

    if (turn != store->turn)
        store->left_ns = STORE_TURN_MS * NS_A_MS;
    store->turn = turn;
    return store->left_ns < STORE_ANSWER_MS * NS_A_MS
               ? store->left_ns : STORE_ANSWER_MS * NS_A_MS;
}

/* EINVAL is libxenstore's word when xenstored goes while it waits for an
 * answer.  xenstored says so itself of paths and transactions that make no
 * sense, which are not asked for here. */
static bool is_broken(int error)
{
    return error == EBADF || error == EPIPE || error == ECONNRESET ||
           error == EINVAL;
}

/* Fails with errno. */
static bool ask(struct store *store, struct store_call *call)
{
    uint64_t begin_ns = now_ns(), waited_ns;
    bool is_answered;

    if (!store->is_connected) {
        errno = ENOTCONN;
        return false;
    }
    is_answered = store_connection_call(store->connection, call,
                                        patience_ns(store));
    waited_ns = now_ns() - begin_ns;
    store->left_ns -= waited_ns < store->left_ns ? waited_ns : store->left_ns;
    if (!is_answered) {
        lose(store, "xenstored does not answer");
        errno = ETIMEDOUT;
        return false;
    }
    if (!call->is_granted && is_broken(call->error))
        lose(store, "the connection has broken");
    errno = call->error;
    return call->is_granted;
}

/* The same with a path and, for STORE_WRITE, a text. */
static bool ask_for(struct store *store, struct store_call *call,
                    const char *path, const char *text)
{
    if (snprintf(call->path, sizeof(call->path), "%s", path) >=
            (int)sizeof(call->path) ||
        snprintf(call->text, sizeof(call->text), "%s", text) >=
            (int)sizeof(call->text)) {
        errno = E2BIG;
        return false;
    }
    return ask(store, call);
}

char *store_read(struct store *store, xs_transaction_t within,
                 const char *path, unsigned int *length)
{
    struct store_call call = { .operation = STORE_READ, .within = within };

    if (!ask_for(store, &call, path, ""))
        return NULL;
    if (length)
        *length = call.count;
    return call.value;
}

bool store_write(struct store *store, xs_transaction_t within,
                 const char *path, const char *text)
{
    struct store_call call = { .operation = STORE_WRITE, .within = within };

    return ask_for(store, &call, path, text);
}

bool store_hide(struct store *store, xs_transaction_t within,
                const char *path)
{
    struct store_call call = { .operation = STORE_HIDE, .within = within };

    return ask_for(store, &call, path, "");
}

bool store_remove(struct store *store, xs_transaction_t within,
                  const char *path)
{
    struct store_call call = { .operation = STORE_REMOVE, .within = within };

    return ask_for(store, &call, path, "");
}

char **store_list(struct store *store, const char *path, unsigned int *count)
{
    struct store_call call = { .operation = STORE_LIST, .within = XBT_NULL };

    if (!ask_for(store, &call, path, ""))
        return NULL;
    *count = call.count;
    return call.value;
}

xs_transaction_t store_begin(struct store *store)
{
    struct store_call call = { .operation = STORE_BEGIN };

    return ask(store, &call) ? call.within : XBT_NULL;
}

bool store_end(struct store *store, xs_transaction_t transaction,
               bool is_aborted)
{
    struct store_call call = {
        .operation = STORE_END,
        .within = transaction,
        .is_aborted = is_aborted,
    };

    return ask(store, &call);
}

/* ---- begin and end ---- */

struct store *store_open(struct ev_loop *loop, const char *const *watched,
                         const struct store_events *events, void *owner)
{
    struct store *store = calloc(1, sizeof(*store));

    if (!store) {
        log_error("out of memory");
        return NULL;
    }
    store->loop = loop;
    store->watched = watched;
    store->events = events;
    store->owner = owner;
    store->left_ns = STORE_TURN_MS * NS_A_MS;
    store->turn = ev_iteration(loop);
    ev_async_init(&store->opened, on_opened);
    store->opened.data = store;
    ev_init(&store->changes, on_changes);
    store->changes.data = store;
    ev_timer_init(&store->look, on_look, STORE_LOOK_SECONDS,
                  STORE_LOOK_SECONDS);
    store->look.data = store;
    return store;
}

void store_start(struct store *store)
{
    ev_async_start(store->loop, &store->opened);
    ev_timer_start(store->loop, &store->look);
    connect_to(store);
}

bool store_is_connected(const struct store *store)
{
    return store->is_connected;
}

/* A connection that is not open yet may wait for xenstored. */
void store_close(struct store *store)
{
    if (!store)
        return;
    ev_async_stop(store->loop, &store->opened);
    ev_io_stop(store->loop, &store->changes);
    ev_timer_stop(store->loop, &store->look);
    if (store->connection)
        store_connection_give_up(store->connection,
                                 store->is_connected
                                     ? STORE_ANSWER_MS * NS_A_MS : 0);
    free(store);
}
