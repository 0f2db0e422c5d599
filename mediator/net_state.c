/* SPDX-License-Identifier: BSD-2-Clause */
#include "net_state.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"

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
        return error("the path of %s is too long", directory);
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

void net_state_close(struct net_state *state)
{
    shared_file_close(&state->file);
    state->header = NULL;
}
