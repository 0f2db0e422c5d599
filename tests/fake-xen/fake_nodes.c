/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_nodes.c - as much of xenstored as we use: nodes and watches
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fake-xen/fake_hypervisor.h"

/* Is path this node, or below it? */
static bool is_below(const char *path, const char *node)
{
    size_t length = strlen(node);

    return !strncmp(path, node, length) &&
           (path[length] == '\0' || path[length] == '/');
}

static void send_event(struct fake_hypervisor *hypervisor,
                       const struct fake_watch *watch, const char *path)
{
    char event[512];
    unsigned int i;
    int bytes = snprintf(event, sizeof(event), "%s%c%s", path, '\0',
                         watch->token) + 1;

    for (i = 0; i < hypervisor->peer_count; i++) {
        const struct fake_peer *peer = &hypervisor->peers[i];

        if (peer->kind == FAKE_KIND_STORE_EVENTS &&
            peer->number == watch->store)
            send(peer->fd, event, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

void fake_store_fire(struct fake_hypervisor *hypervisor, const char *path)
{
    unsigned int i;

    for (i = 0; i < FAKE_WATCHES_MAX; i++) {
        const struct fake_watch *watch = &hypervisor->watches[i];

        if (watch->store && is_below(path, watch->path))
            send_event(hypervisor, watch, path);
    }
}

static struct fake_node *find(struct fake_hypervisor *hypervisor,
                              const char *path)
{
    unsigned int i;

    for (i = 0; i < hypervisor->node_count; i++)
        if (!strcmp(hypervisor->nodes[i].path, path))
            return &hypervisor->nodes[i];
    return NULL;
}

void fake_store_set(struct fake_hypervisor *hypervisor, const char *path,
                    const char *value)
{
    struct fake_node *node = find(hypervisor, path);

    if (!node && hypervisor->node_count == FAKE_NODES_MAX)
        return;
    if (!node) {
        node = &hypervisor->nodes[hypervisor->node_count++];
        *node = (struct fake_node){ .path = strdup(path) };
    }
    free(node->value);
    node->value = strdup(value);
    fake_store_fire(hypervisor, path);
}

void fake_store_remove(struct fake_hypervisor *hypervisor, const char *path)
{
    unsigned int i;

    for (i = hypervisor->node_count; i-- > 0;) {
        struct fake_node *node = &hypervisor->nodes[i];

        if (!is_below(node->path, path))
            continue;
        free(node->path);
        free(node->value);
        *node = hypervisor->nodes[--hypervisor->node_count];
    }
    fake_store_fire(hypervisor, path);
}

static bool has_entry(const struct fake_call *call, const char *name)
{
    const char *at = call->text;

    while (at < call->text + call->text_bytes) {
        if (!strcmp(at, name))
            return true;
        at += strlen(at) + 1;
    }
    return false;
}

/* Lists the names directly below a path, each terminated, in call->text. */
static int list(struct fake_hypervisor *hypervisor, struct fake_call *call)
{
    char path[256], name[128];
    bool is_there = false;
    unsigned int i;

    snprintf(path, sizeof(path), "%.255s", call->text);
    call->text_bytes = 0;
    for (i = 0; i < hypervisor->node_count; i++) {
        const char *rest = hypervisor->nodes[i].path;

        if (!is_below(rest, path))
            continue;
        is_there = true;
        rest += strlen(path);
        if (*rest++ != '/')
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(rest, "/"), rest);
        if (has_entry(call, name) ||
            call->text_bytes + strlen(name) + 1 > FAKE_CALL_TEXT)
            continue;
        strcpy(call->text + call->text_bytes, name);
        call->text_bytes += strlen(name) + 1;
    }
    return is_there ? 0 : ENOENT;
}

static int watch(struct fake_hypervisor *hypervisor,
                 const struct fake_call *call, uint32_t store)
{
    const char *path = call->text, *token = path + strlen(path) + 1;
    unsigned int i;

    for (i = 0; i < FAKE_WATCHES_MAX; i++)
        if (!hypervisor->watches[i].store)
            break;
    if (i == FAKE_WATCHES_MAX)
        return ENOSPC;
    hypervisor->watches[i] = (struct fake_watch){
        .store = store,
        .path = strdup(path),
        .token = strdup(token),
    };
    /* As xenstored does, fires each watch once when it is set. */
    send_event(hypervisor, &hypervisor->watches[i], path);
    return 0;
}

static void drop(struct fake_watch *watch)
{
    free(watch->path);
    free(watch->token);
    *watch = (struct fake_watch){ 0 };
}

static int unwatch(struct fake_hypervisor *hypervisor,
                   const struct fake_call *call, uint32_t store)
{
    const char *path = call->text, *token = path + strlen(path) + 1;
    unsigned int i;

    for (i = 0; i < FAKE_WATCHES_MAX; i++) {
        struct fake_watch *at = &hypervisor->watches[i];

        if (at->store != store || strcmp(at->path, path) ||
            strcmp(at->token, token))
            continue;
        drop(at);
        return 0;
    }
    return ENOENT;
}

void fake_store_forget(struct fake_hypervisor *hypervisor, uint32_t store)
{
    unsigned int i;

    for (i = 0; i < FAKE_WATCHES_MAX; i++)
        if (hypervisor->watches[i].store == store)
            drop(&hypervisor->watches[i]);
}

static int read_node(struct fake_hypervisor *hypervisor,
                     struct fake_call *call)
{
    const struct fake_node *node = find(hypervisor, call->text);

    if (!node)
        return ENOENT;
    call->text_bytes = snprintf(call->text, sizeof(call->text), "%s",
                                node->value) + 1;
    return 0;
}

int fake_store_call(struct fake_hypervisor *hypervisor,
                    struct fake_call *call, const struct fake_peer *peer)
{
    switch (call->operation) {
    case FAKE_STORE_READ:
        return read_node(hypervisor, call);
    case FAKE_STORE_WRITE:
        fake_store_set(hypervisor, call->text,
                       call->text + strlen(call->text) + 1);
        return 0;
    case FAKE_STORE_REMOVE:
        fake_store_remove(hypervisor, call->text);
        return 0;
    case FAKE_STORE_DIRECTORY:
        return list(hypervisor, call);
    case FAKE_STORE_WATCH:
        return watch(hypervisor, call, peer->number);
    case FAKE_STORE_UNWATCH:
        return unwatch(hypervisor, call, peer->number);
    default:
        return ENOSYS;
    }
}
