/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store_connection.c - the thread that waits for xenstored, and how others
 * wait for the thread
 */
#define _GNU_SOURCE
#include "supervisor/host/store_connection.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STACK_BYTES (256u << 10) /* mediatord's memory is locked */

/* Those that were given up included. */
#define CONNECTIONS_MAX 8

struct store_connection {
    pthread_t thread;
    struct ev_loop *loop;
    ev_async *opened;
    const char *const *watched;

    pthread_mutex_t mutex; /* for all that follows */
    pthread_cond_t wanted;   /* there is a call, or the end */
    pthread_cond_t answered;
    enum store_phase phase;
    int error;             /* why it has failed */
    struct xs_handle *xs;  /* once it is open */
    bool is_given_up;      /* the thread frees all this at its end */
    bool has_call;         /* `call` is the thread's until it is answered */
    struct store_call call;
};

static _Atomic unsigned int connections;

/* ---- the thread ---- */

static bool hide(struct xs_handle *xs, const struct store_call *call)
{
    struct xs_permissions nobody = { .id = 0, .perms = XS_PERM_NONE };

    return xs_set_permissions(xs, call->within, call->path, &nobody, 1);
}

static void make_call(struct xs_handle *xs, struct store_call *call)
{
    switch (call->operation) {
    case STORE_READ:
        call->value = xs_read(xs, call->within, call->path, &call->count);
        call->is_granted = call->value != NULL;
        break;
    case STORE_WRITE:
        call->is_granted = xs_write(xs, call->within, call->path, call->text,
                                    strlen(call->text));
        break;
    case STORE_REMOVE:
        call->is_granted = xs_rm(xs, call->within, call->path);
        break;
    case STORE_HIDE:
        call->is_granted = hide(xs, call);
        break;
    case STORE_LIST:
        call->value = xs_directory(xs, call->within, call->path,
                                   &call->count);
        call->is_granted = call->value != NULL;
        break;
    case STORE_BEGIN:
        call->within = xs_transaction_start(xs);
        call->is_granted = call->within != XBT_NULL;
        break;
    case STORE_END:
        call->is_granted = xs_transaction_end(xs, call->within,
                                              call->is_aborted);
        break;
    }
    call->error = call->is_granted ? 0 : errno;
}

static void open_store(struct store_connection *connection)
{
    struct xs_handle *xs = xs_open(0);
    bool is_open = xs != NULL;
    const char *const *path;
    int error;

    for (path = connection->watched; is_open && *path; path++)
        is_open = xs_watch(xs, *path, *path);
    error = errno;

    pthread_mutex_lock(&connection->mutex);
    connection->xs = xs;
    connection->error = error;
    connection->phase = is_open ? STORE_OPEN : STORE_FAILED;
    if (!connection->is_given_up)
        ev_async_send(connection->loop, connection->opened);
    pthread_mutex_unlock(&connection->mutex);
}

static void serve_calls(struct store_connection *connection)
{
    pthread_mutex_lock(&connection->mutex);
    while (!connection->is_given_up) {
        if (!connection->has_call) {
            pthread_cond_wait(&connection->wanted, &connection->mutex);
            continue;
        }
        pthread_mutex_unlock(&connection->mutex);
        make_call(connection->xs, &connection->call);
        pthread_mutex_lock(&connection->mutex);
        connection->has_call = false;
        pthread_cond_signal(&connection->answered);
    }
    pthread_mutex_unlock(&connection->mutex);
}

static void free_connection(struct store_connection *connection)
{
    pthread_cond_destroy(&connection->answered);
    pthread_cond_destroy(&connection->wanted);
    pthread_mutex_destroy(&connection->mutex);
    free(connection);
    atomic_fetch_sub(&connections, 1);
}

static void *run(void *opaque)
{
    struct store_connection *connection = opaque;

    open_store(connection);
    serve_calls(connection);
    xs_close(connection->xs);
    /* The answer to a call that was given up. */
    free(connection->call.value);
    free_connection(connection);
    return NULL;
}

/* ---- the supervisor ---- */

/* All signals are the supervisor's own thread's. */
static int start_thread(struct store_connection *connection)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    int r;

    sigfillset(&all);
    r = pthread_attr_init(&attributes);
    if (r)
        return r;
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (!r)
        r = pthread_create(&connection->thread, &attributes, run, connection);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return r;
}

static int init_waiting(struct store_connection *connection)
{
    pthread_condattr_t attributes;
    int r = pthread_condattr_init(&attributes);

    if (r)
        return r;
    /* dom0's clock may be set while something waits. */
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&connection->mutex, NULL);
    pthread_cond_init(&connection->wanted, NULL);
    r = pthread_cond_init(&connection->answered, &attributes);
    pthread_condattr_destroy(&attributes);
    return r;
}

struct store_connection *
store_connection_begin(struct ev_loop *loop, ev_async *opened,
                       const char *const *watched)
{
    struct store_connection *connection;
    int r;

    if (atomic_load(&connections) >= CONNECTIONS_MAX) {
        errno = EUSERS;
        return NULL;
    }
    connection = calloc(1, sizeof(*connection));
    if (!connection)
        return NULL;
    atomic_fetch_add(&connections, 1);
    connection->loop = loop;
    connection->opened = opened;
    connection->watched = watched;
    r = init_waiting(connection);
    if (!r)
        r = start_thread(connection);
    if (r) {
        free_connection(connection);
        errno = r;
        return NULL;
    }
    return connection;
}

enum store_phase store_connection_phase(struct store_connection *connection)
{
    enum store_phase phase;
    int error;

    pthread_mutex_lock(&connection->mutex);
    phase = connection->phase;
    error = connection->error;
    pthread_mutex_unlock(&connection->mutex);
    errno = error;
    return phase;
}

static struct timespec time_in(uint64_t ns)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    ns += at.tv_nsec;
    at.tv_sec += ns / 1000000000u;
    at.tv_nsec = ns % 1000000000u;
    return at;
}

bool store_connection_call(struct store_connection *connection,
                           struct store_call *call, uint64_t patience_ns)
{
    struct timespec end = time_in(patience_ns);
    bool is_answered;
    int r = 0;

    pthread_mutex_lock(&connection->mutex);
    connection->call = *call;
    connection->has_call = true;
    pthread_cond_signal(&connection->wanted);
    while (connection->has_call && !r)
        r = pthread_cond_timedwait(&connection->answered, &connection->mutex,
                                   &end);
    is_answered = !connection->has_call;
    if (is_answered) {
        *call = connection->call;
        connection->call.value = NULL;
    }
    pthread_mutex_unlock(&connection->mutex);
    return is_answered;
}

struct xs_handle *store_connection_xs(struct store_connection *connection)
{
    return connection->xs;
}

void store_connection_give_up(struct store_connection *connection,
                              uint64_t patience_ns)
{
    struct timespec end = time_in(patience_ns);
    pthread_t thread = connection->thread;

    pthread_mutex_lock(&connection->mutex);
    connection->is_given_up = true;
    pthread_cond_signal(&connection->wanted);
    pthread_mutex_unlock(&connection->mutex);
    if (!patience_ns || pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC,
                                             &end))
        pthread_detach(thread);
}
