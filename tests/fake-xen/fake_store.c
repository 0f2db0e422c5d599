/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_store.c - libxenstore: calls to the fake hypervisor
 *
 * A call waits as long as xenstored is silent.  When xenstored dies, all calls
 * of handles that are open fail for good, and so does xs_check_watch(); but as
 * with the real library nothing makes xs_fileno() readable then.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <xenstore.h>

#include "fake-xen/fake_client.h"

/* Events of watches have a connection of their own, which can be polled. */
struct xs_handle {
    struct fake_connection calls;
    struct fake_connection events;
    uint32_t deaths; /* of xenstored, before this was opened */
};

#define LOOK_MS 1000

static bool is_alive(const struct xs_handle *xs)
{
    const struct fake_xen *xen = fake_xen_attach();

    return atomic_load(&xen->store_mood) != FAKE_STORE_DEAD &&
           atomic_load(&xen->store_deaths) == xs->deaths;
}

/* Returns when xenstored answers; false: it never will. */
static bool wait_for_store(struct xs_handle *xs)
{
    struct fake_xen *xen = fake_xen_attach();

    while (is_alive(xs) &&
           atomic_load(&xen->store_mood) == FAKE_STORE_SILENT)
        fake_futex_wait(&xen->store_mood, FAKE_STORE_SILENT, LOOK_MS);
    errno = EBADF;
    return is_alive(xs);
}

struct xs_handle *xs_open(unsigned long flags)
{
    struct xs_handle *xs = calloc(1, sizeof(*xs));

    (void)flags;
    if (!xs)
        return NULL;
    if (!fake_xen_attach()) {
        free(xs);
        return NULL;
    }
    xs->deaths = atomic_load(&fake_xen_attach()->store_deaths);
    if (!is_alive(xs)) {
        free(xs);
        errno = ECONNREFUSED;
        return NULL;
    }
    if (fake_connect(&xs->calls, FAKE_KIND_STORE, 0)) {
        free(xs);
        return NULL;
    }
    if (fake_connect(&xs->events, FAKE_KIND_STORE_EVENTS,
                     xs->calls.number)) {
        fake_disconnect(&xs->calls);
        free(xs);
        return NULL;
    }
    return xs;
}

void xs_close(struct xs_handle *xs)
{
    if (!xs)
        return;
    fake_disconnect(&xs->events);
    fake_disconnect(&xs->calls);
    free(xs);
}

static int talk(struct xs_handle *xs, struct fake_call *call)
{
    return wait_for_store(xs) ? fake_call(&xs->calls, call, NULL) : -1;
}

/* Makes a call of one or two texts (second may be NULL), each terminated. */
static bool make_call(struct fake_call *call, uint32_t operation,
                      const char *first, const char *second, size_t bytes)
{
    size_t used = strlen(first) + 1;

    *call = (struct fake_call){ .operation = operation };
    if (used + bytes + 1 > sizeof(call->text)) {
        errno = E2BIG;
        return false;
    }
    memcpy(call->text, first, used);
    if (second) {
        memcpy(call->text + used, second, bytes);
        used += bytes;
        call->text[used++] = '\0';
    }
    call->text_bytes = used;
    return true;
}

void *xs_read(struct xs_handle *xs, xs_transaction_t transaction,
              const char *path, unsigned int *length)
{
    struct fake_call call;
    char *value;

    (void)transaction;
    if (!make_call(&call, FAKE_STORE_READ, path, NULL, 0) ||
        talk(xs, &call))
        return NULL;
    value = malloc(call.text_bytes);
    if (value)
        memcpy(value, call.text, call.text_bytes);
    if (length)
        *length = call.text_bytes - 1;
    return value;
}

bool xs_write(struct xs_handle *xs, xs_transaction_t transaction,
              const char *path, const void *data, unsigned int length)
{
    struct fake_call call;

    (void)transaction;
    if (atomic_load(&fake_xen_attach()->store_mood) == FAKE_STORE_FULL) {
        errno = ENOSPC;
        return false;
    }
    return make_call(&call, FAKE_STORE_WRITE, path, data, length) &&
           !talk(xs, &call);
}

bool xs_rm(struct xs_handle *xs, xs_transaction_t transaction,
           const char *path)
{
    struct fake_call call;

    (void)transaction;
    return make_call(&call, FAKE_STORE_REMOVE, path, NULL, 0) &&
           !talk(xs, &call);
}

/* Nobody else writes, so a transaction is nothing: each call stands for
 * itself. */
xs_transaction_t xs_transaction_start(struct xs_handle *xs)
{
    return wait_for_store(xs) ? 1 : XBT_NULL;
}

bool xs_transaction_end(struct xs_handle *xs, xs_transaction_t transaction,
                        bool is_aborted)
{
    (void)transaction;
    (void)is_aborted;
    return wait_for_store(xs);
}

/* Permissions are nothing: any node can be read by all. */
bool xs_set_permissions(struct xs_handle *xs, xs_transaction_t transaction,
                        const char *path, struct xs_permissions *permissions,
                        unsigned int count)
{
    (void)transaction;
    (void)path;
    return wait_for_store(xs) && count == 1 &&
           permissions->perms == XS_PERM_NONE;
}

/* One allocation, as the real library makes it: pointers, and behind them
 * their texts. */
static char **make_strings(const char *text, size_t bytes,
                           unsigned int *count)
{
    unsigned int i, found = 0;
    char **strings, *copy;
    size_t at;

    for (at = 0; at < bytes; at += strlen(text + at) + 1)
        found++;
    strings = malloc((found + 1) * sizeof(*strings) + bytes);
    if (!strings)
        return NULL;
    copy = (char *)(strings + found + 1);
    memcpy(copy, text, bytes);
    for (i = 0; i < found; i++) {
        strings[i] = copy;
        copy += strlen(copy) + 1;
    }
    strings[found] = NULL;
    *count = found;
    return strings;
}

char **xs_directory(struct xs_handle *xs, xs_transaction_t transaction,
                    const char *path, unsigned int *count)
{
    struct fake_call call;

    (void)transaction;
    if (!make_call(&call, FAKE_STORE_DIRECTORY, path, NULL, 0) ||
        talk(xs, &call))
        return NULL;
    return make_strings(call.text, call.text_bytes, count);
}

bool xs_watch(struct xs_handle *xs, const char *path, const char *token)
{
    struct fake_call call;

    return make_call(&call, FAKE_STORE_WATCH, path, token, strlen(token)) &&
           !talk(xs, &call);
}

bool xs_unwatch(struct xs_handle *xs, const char *path, const char *token)
{
    struct fake_call call;

    return make_call(&call, FAKE_STORE_UNWATCH, path, token,
                     strlen(token)) &&
           !talk(xs, &call);
}

int xs_fileno(struct xs_handle *xs)
{
    return xs->events.fd;
}

static char **receive_watch(struct xs_handle *xs, int flags,
                            unsigned int *count)
{
    char event[512];
    ssize_t bytes = recv(xs->events.fd, event, sizeof(event), flags);

    return bytes > 0 ? make_strings(event, bytes, count) : NULL;
}

char **xs_check_watch(struct xs_handle *xs)
{
    unsigned int count;

    if (!is_alive(xs)) {
        errno = EINVAL;
        return NULL;
    }
    return receive_watch(xs, MSG_DONTWAIT, &count);
}

char **xs_read_watch(struct xs_handle *xs, unsigned int *count)
{
    return receive_watch(xs, 0, count);
}
