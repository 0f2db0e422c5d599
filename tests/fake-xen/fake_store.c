/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_store.c - libxenstore: calls to the fake hypervisor
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
};

struct xs_handle *xs_open(unsigned long flags)
{
    struct xs_handle *xs = calloc(1, sizeof(*xs));

    (void)flags;
    if (!xs)
        return NULL;
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
        fake_call(&xs->calls, &call, NULL))
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
    return make_call(&call, FAKE_STORE_WRITE, path, data, length) &&
           !fake_call(&xs->calls, &call, NULL);
}

bool xs_rm(struct xs_handle *xs, xs_transaction_t transaction,
           const char *path)
{
    struct fake_call call;

    (void)transaction;
    return make_call(&call, FAKE_STORE_REMOVE, path, NULL, 0) &&
           !fake_call(&xs->calls, &call, NULL);
}

/* Nobody else writes, so a transaction is nothing: each call stands for
 * itself. */
xs_transaction_t xs_transaction_start(struct xs_handle *xs)
{
    (void)xs;
    return 1;
}

bool xs_transaction_end(struct xs_handle *xs, xs_transaction_t transaction,
                        bool is_aborted)
{
    (void)xs;
    (void)transaction;
    (void)is_aborted;
    return true;
}

/* Permissions are nothing: any node can be read by all. */
bool xs_set_permissions(struct xs_handle *xs, xs_transaction_t transaction,
                        const char *path, struct xs_permissions *permissions,
                        unsigned int count)
{
    (void)xs;
    (void)transaction;
    (void)path;
    return count == 1 && permissions->perms == XS_PERM_NONE;
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
        fake_call(&xs->calls, &call, NULL))
        return NULL;
    return make_strings(call.text, call.text_bytes, count);
}

bool xs_watch(struct xs_handle *xs, const char *path, const char *token)
{
    struct fake_call call;

    return make_call(&call, FAKE_STORE_WATCH, path, token, strlen(token)) &&
           !fake_call(&xs->calls, &call, NULL);
}

bool xs_unwatch(struct xs_handle *xs, const char *path, const char *token)
{
    struct fake_call call;

    return make_call(&call, FAKE_STORE_UNWATCH, path, token,
                     strlen(token)) &&
           !fake_call(&xs->calls, &call, NULL);
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

    return receive_watch(xs, MSG_DONTWAIT, &count);
}

char **xs_read_watch(struct xs_handle *xs, unsigned int *count)
{
    return receive_watch(xs, 0, count);
}
