/* SPDX-License-Identifier: BSD-2-Clause */
#include "shared/net_state.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/log.h"

static const struct shared_file_kind kind = {
    .name = "network state",
    .magic = "MEDIANET",
    .version = 1,
};

_Static_assert(sizeof(struct net_state_header) <= SHARED_FILE_HEADER_BYTES,
               "all of it is in the header page");

static int make_path(char path[PATH_MAX], const char *directory)
{
    if (snprintf(path, PATH_MAX, "%s/" NET_STATE_FILE, directory) >= PATH_MAX)
        return log_error("the path of %s is too long", directory);
    return 0;
}

static int open_file(struct net_state *state, const char *path,
                     bool is_writable)
{
    int rc = shared_file_open(&state->file, path, &kind, is_writable);

    state->header = rc ? NULL : state->file.header;
    return rc;
}

int net_state_open_writer(struct net_state *state, const char *directory)
{
    char path[PATH_MAX];
    int rc;

    *state = NET_STATE_CLOSED;
    rc = make_path(path, directory);
    if (rc)
        return rc;
    if (!access(path, F_OK) && !open_file(state, path, true))
        return 0;
    /* None, or another version's: nobody misses its counters. */
    rc = shared_file_create(path, &kind, 0);
    return rc ? rc : open_file(state, path, true);
}

int net_state_open_reader(struct net_state *state, const char *directory)
{
    char path[PATH_MAX];
    int rc;

    *state = NET_STATE_CLOSED;
    rc = make_path(path, directory);
    return rc ? rc : open_file(state, path, false);
}

void net_state_set_text(_Atomic char *field, const char *text)
{
    size_t i, length = strnlen(text, NET_STATE_TEXT_BYTES - 1);

    for (i = 0; i < length; i++)
        atomic_store_explicit(&field[i], text[i], memory_order_relaxed);
    for (; i < NET_STATE_TEXT_BYTES; i++)
        atomic_store_explicit(&field[i], '\0', memory_order_relaxed);
}

/* Only what can stand in an address: the net role may be in strange hands. */
void net_state_get_text(const _Atomic char *field,
                        char text[NET_STATE_TEXT_BYTES])
{
    size_t i;

    for (i = 0; i < NET_STATE_TEXT_BYTES - 1; i++) {
        text[i] = atomic_load_explicit(&field[i], memory_order_relaxed);
        if (text[i] && !strchr("0123456789abcdefABCDEF:./ ()uplict", text[i]))
            text[i] = '?';
    }
    text[i] = '\0';
}

void net_state_close(struct net_state *state)
{
    shared_file_close(&state->file);
    state->header = NULL;
}
