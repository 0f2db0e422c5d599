/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_store.c - a xenstore in this process, in the place of store.c */
#define _GNU_SOURCE
#include "fuzz/fuzz_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz_support.h"

#define NODES_MAX 512
#define EVENTS_MAX 16
#define TRANSACTION 1

struct node {
    char *path, *value; /* path NULL: free */
    size_t bytes;
    uint32_t hash; /* of path */
};

struct store {
    bool is_away;
    bool is_in_transaction;
    unsigned int events;
    char *event[EVENTS_MAX];
    struct node nodes[NODES_MAX];
    struct node *end; /* behind the last one that is used */
    struct node waiting[4]; /* written within the transaction */
    unsigned int waiting_count;
    char last_read[256];
};

static struct store store = { .end = store.nodes };

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
    if (store.is_away || store.events == EVENTS_MAX)
        return;
    store.event[store.events] = strdup(path);
    claim(store.event[store.events++]);
}

char *fuzz_store_changed(void)
{
    char *path = store.event[0];

    if (store.events == 0)
        return NULL;
    memmove(store.event, store.event + 1,
            --store.events * sizeof(store.event[0]));
    return path;
}

void fuzz_store_go(void)
{
    store.is_away = true;
    while (store.events > 0)
        free(store.event[--store.events]);
}

void fuzz_store_come(void)
{
    store.is_away = false;
}

struct store *fuzz_store(void)
{
    return &store;
}

void fuzz_store_end(void)
{
    struct node *node;

    claim(!store.is_in_transaction);
    fuzz_store_go();
    fuzz_store_come();
    for (node = store.nodes; node < store.end; node++)
        forget(node);
    store.end = store.nodes;
    fuzz_store_conflicts = fuzz_store_failures = 0;
}

static bool fails(void)
{
    if (store.is_away) {
        errno = ENOTCONN;
        return true;
    }
    errno = EIO;
    return fuzz_store_failures > 0 && fuzz_store_failures--;
}

/* ---- in the place of store.c ---- */

bool store_is_connected(const struct store *of)
{
    return !of->is_away;
}

char *store_read(struct store *of, xs_transaction_t within, const char *path,
                 unsigned int *length)
{
    const struct node *node = find(path);
    char *value;

    claim((within == XBT_NULL) != of->is_in_transaction);
    snprintf(of->last_read, sizeof(of->last_read), "%s", path);
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

bool store_write(struct store *of, xs_transaction_t within, const char *path,
                 const char *text)
{
    struct node node = make_node(path, text, strlen(text));

    claim((within == XBT_NULL) != of->is_in_transaction);
    fuzz_store_on_write(path, node.value, of->is_in_transaction);
    if (fails()) {
        forget(&node);
        return false;
    }
    if (of->is_in_transaction) {
        claim(of->waiting_count < 4);
        of->waiting[of->waiting_count++] = node;
        return true;
    }
    fuzz_store_write(path, text, strlen(text));
    forget(&node);
    return true;
}

bool store_remove(struct store *of, xs_transaction_t within, const char *path)
{
    (void)of;
    claim(within == XBT_NULL);
    if (store.is_away)
        return false;
    fuzz_store_remove(path);
    return true;
}

xs_transaction_t store_begin(struct store *of)
{
    claim(!of->is_in_transaction);
    if (fails())
        return XBT_NULL;
    of->is_in_transaction = true;
    return TRANSACTION;
}

/* After a conflict xl may have given up: every other time all its nodes are
 * gone. */
bool store_end(struct store *of, xs_transaction_t transaction, bool is_aborted)
{
    bool is_done = true;
    unsigned int i;

    claim(of->is_in_transaction && transaction == TRANSACTION);
    of->is_in_transaction = false;
    if (!is_aborted && fuzz_store_conflicts > 0) {
        errno = EAGAIN;
        is_done = false;
        if (fuzz_store_conflicts-- % 2 == 0)
            fuzz_store_remove("/libxl");
    }
    for (i = 0; i < of->waiting_count; i++) {
        struct node *node = &of->waiting[i];

        if (!is_aborted && is_done)
            fuzz_store_write(node->path, node->value, node->bytes);
        forget(node);
    }
    of->waiting_count = 0;
    return is_done;
}

/* The name of the next node below path, as store_list() has it: what stands
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

char **store_list(struct store *of, const char *path, unsigned int *count)
{
    char *names[NODES_MAX];
    struct node *node;
    unsigned int i;

    *count = 0;
    if (fails())
        return NULL;
    for (node = of->nodes; node < of->end; node++) {
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
