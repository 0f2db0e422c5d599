/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_store.c - a xenstore in this process, in the place of libxenstore */
#define _GNU_SOURCE
#include "fuzz/fuzz_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xenstore.h>

#include "fuzz/fuzz_support.h"

#define NODES_MAX 512
#define EVENTS_MAX 16
#define TRANSACTION 1

struct node {
    char *path, *value; /* path NULL: free */
    size_t bytes;
    uint32_t hash; /* of path */
};

struct xs_handle {
    int fd; /* always readable */
    bool is_open;
    bool is_in_transaction;
    unsigned int events;
    char *event[EVENTS_MAX];
    struct node nodes[NODES_MAX];
    struct node *end; /* behind the last one that is used */
    struct node waiting[4]; /* written within the transaction */
    unsigned int waiting_count;
    char last_read[256];
};

static struct xs_handle store = { .fd = -1, .end = store.nodes };

unsigned int fuzz_store_conflicts, fuzz_store_failures;
void (*fuzz_store_on_write)(const char *path, const char *value,
                            bool is_in_transaction);

/* ---- nodes ---- */

static uint32_t hash_of(const char *text)
{
    uint32_t hash = 0;

    while (*text)
        hash = hash * 31 + (uint8_t)*text++;
    return hash;
}

static void forget(struct node *node)
{
    free(node->path);
    free(node->value);
    *node = (struct node){ 0 };
}

static struct node make_node(const char *path, const void *value, size_t bytes)
{
    struct node node = { strdup(path), malloc(bytes + 1), bytes,
                         hash_of(path) };

    claim(node.path && node.value);
    memcpy(node.value, value, bytes);
    node.value[bytes] = '\0';
    return node;
}

static struct node *find(const char *path)
{
    uint32_t hash = hash_of(path);
    struct node *node;

    for (node = store.nodes; node < store.end; node++)
        if (node->path && node->hash == hash && !strcmp(node->path, path))
            return node;
    return NULL;
}

/* Where that node is, or can be; NULL when there is no place left. */
static struct node *place(const char *path)
{
    struct node *node = find(path);

    if (node)
        return node;
    for (node = store.nodes; node < store.end; node++)
        if (!node->path)
            return node;
    return node < store.nodes + NODES_MAX ? store.end++ : NULL;
}

const char *fuzz_store_value(const char *path)
{
    const struct node *node = find(path);

    return node ? node->value : NULL;
}

const char *fuzz_store_last_read(void)
{
    return store.last_read;
}

void fuzz_store_write(const char *path, const void *value, size_t bytes)
{
    struct node *node = place(path);

    if (!node)
        return;
    forget(node);
    *node = make_node(path, value, bytes);
}

void fuzz_store_remove(const char *path)
{
    size_t length = strlen(path);
    struct node *node;

    for (node = store.nodes; node < store.end; node++)
        if (node->path && !strncmp(node->path, path, length) &&
            (!node->path[length] || node->path[length] == '/'))
            forget(node);
}

void fuzz_store_tell(const char *path)
{
    if (store.events == EVENTS_MAX)
        return;
    store.event[store.events] = strdup(path);
    claim(store.event[store.events++]);
}

void fuzz_store_end(void)
{
    struct node *node;

    claim(!store.is_open && !store.is_in_transaction);
    for (node = store.nodes; node < store.end; node++)
        forget(node);
    store.end = store.nodes;
    while (store.events > 0)
        free(store.event[--store.events]);
    fuzz_store_conflicts = fuzz_store_failures = 0;
}

static bool fails(void)
{
    errno = EIO;
    return fuzz_store_failures > 0 && fuzz_store_failures--;
}

/* ---- in the place of libxenstore ---- */

struct xs_handle *xs_open(unsigned long flags)
{
    (void)flags;
    claim(!store.is_open);
    if (store.fd < 0)
        store.fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
    store.is_open = true;
    return &store;
}

void xs_close(struct xs_handle *xs)
{
    claim(xs->is_open);
    xs->is_open = false;
}

int xs_fileno(struct xs_handle *xs)
{
    return xs->fd;
}

bool xs_watch(struct xs_handle *xs, const char *path, const char *token)
{
    (void)token;
    claim(xs->is_open);
    fuzz_store_tell(path);
    return true;
}

void *xs_read(struct xs_handle *xs, xs_transaction_t transaction,
              const char *path, unsigned int *length)
{
    const struct node *node = find(path);
    char *value;

    claim((transaction == XBT_NULL) != xs->is_in_transaction);
    snprintf(xs->last_read, sizeof(xs->last_read), "%s", path);
    if (fails())
        return NULL;
    if (!node) {
        errno = ENOENT;
        return NULL;
    }
    value = malloc(node->bytes + 1);
    claim(value);
    memcpy(value, node->value, node->bytes + 1);
    if (length)
        *length = node->bytes;
    return value;
}

bool xs_write(struct xs_handle *xs, xs_transaction_t transaction,
              const char *path, const void *data, unsigned int length)
{
    struct node node = make_node(path, data, length);

    claim((transaction == XBT_NULL) != xs->is_in_transaction);
    fuzz_store_on_write(path, node.value, xs->is_in_transaction);
    if (fails()) {
        forget(&node);
        return false;
    }
    if (xs->is_in_transaction) {
        claim(xs->waiting_count < 4);
        xs->waiting[xs->waiting_count++] = node;
        return true;
    }
    fuzz_store_write(path, data, length);
    forget(&node);
    return true;
}

bool xs_rm(struct xs_handle *xs, xs_transaction_t transaction,
           const char *path)
{
    (void)xs;
    claim(transaction == XBT_NULL);
    fuzz_store_remove(path);
    return true;
}

xs_transaction_t xs_transaction_start(struct xs_handle *xs)
{
    claim(!xs->is_in_transaction);
    if (fails())
        return XBT_NULL;
    xs->is_in_transaction = true;
    return TRANSACTION;
}

/* After a conflict xl may have given up: every other time all its nodes are
 * gone. */
bool xs_transaction_end(struct xs_handle *xs, xs_transaction_t transaction,
                        bool is_aborted)
{
    bool is_done = true;
    unsigned int i;

    claim(xs->is_in_transaction && transaction == TRANSACTION);
    xs->is_in_transaction = false;
    if (!is_aborted && fuzz_store_conflicts > 0) {
        errno = EAGAIN;
        is_done = false;
        if (fuzz_store_conflicts-- % 2 == 0)
            fuzz_store_remove("/libxl");
    }
    for (i = 0; i < xs->waiting_count; i++) {
        struct node *node = &xs->waiting[i];

        if (!is_aborted && is_done)
            fuzz_store_write(node->path, node->value, node->bytes);
        forget(node);
    }
    xs->waiting_count = 0;
    return is_done;
}

/* The name of the next node below path, as xs_directory() has it: what stands
 * before the next slash.  NULL for another's. */
static char *child_of(const char *path, const struct node *node)
{
    size_t length = strlen(path);
    const char *name;

    if (!node->path || strncmp(node->path, path, length) ||
        node->path[length] != '/')
        return NULL;
    name = node->path + length + 1;
    return strndup(name, strcspn(name, "/"));
}

/* One allocation, as the library makes it. */
static char **pack(char **names, unsigned int count)
{
    size_t bytes = count * sizeof(char *) + 1;
    char **strings, *to;
    unsigned int i;

    for (i = 0; i < count; i++)
        bytes += strlen(names[i]) + 1;
    strings = malloc(bytes);
    claim(strings);
    to = (char *)(strings + count);
    for (i = 0; i < count; i++) {
        strings[i] = to;
        to = stpcpy(to, names[i]) + 1;
        free(names[i]);
    }
    return strings;
}

char **xs_directory(struct xs_handle *xs, xs_transaction_t transaction,
                    const char *path, unsigned int *count)
{
    char *names[NODES_MAX];
    struct node *node;
    unsigned int i;

    (void)transaction;
    *count = 0;
    if (fails())
        return NULL;
    for (node = xs->nodes; node < xs->end; node++) {
        char *name = child_of(path, node);

        /* Nodes of a folder stand beside each other, for the most part. */
        for (i = *count; name && i > 0 && strcmp(names[i - 1], name); i--)
            ;
        if (name && i == 0)
            names[(*count)++] = name;
        else
            free(name);
    }
    return pack(names, *count);
}

char **xs_check_watch(struct xs_handle *xs)
{
    char *event[2];

    if (xs->events == 0)
        return NULL;
    event[XS_WATCH_PATH] = xs->event[0];
    event[XS_WATCH_TOKEN] = strdup("request");
    memmove(xs->event, xs->event + 1, --xs->events * sizeof(xs->event[0]));
    return pack(event, 2);
}
