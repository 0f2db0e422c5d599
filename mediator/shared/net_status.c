/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_status.c - the net role's page for status, and the texts in it
 */
#include "shared/net_status.h"

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

_Static_assert(sizeof(struct net_status_header) <= SHARED_FILE_HEADER_BYTES,
               "all of it is in the header's page");

static int make_path(char path[PATH_MAX], const char *directory)
{
    if (snprintf(path, PATH_MAX, "%s/" NET_STATUS_FILE, directory) >= PATH_MAX)
        return log_error("the path of %s is too long", directory);
    return 0;
}

static int open_file(struct net_status *status, const char *path,
                     bool is_writable)
{
    int rc = shared_file_open(&status->file, path, &kind, is_writable);

    status->header = rc ? NULL : status->file.header;
    return rc;
}

int net_status_open_writer(struct net_status *status, const char *directory)
{
    char path[PATH_MAX];
    int rc;

    *status = NET_STATUS_CLOSED;
    rc = make_path(path, directory);
    if (rc)
        return rc;
    if (!access(path, F_OK) && !open_file(status, path, true))
        return 0;
    /* There is none, or it is another version's, whose counters nobody
     * misses. */
    rc = shared_file_create(path, &kind, 0);
    return rc ? rc : open_file(status, path, true);
}

int net_status_open_reader(struct net_status *status, const char *directory)
{
    char path[PATH_MAX];
    int rc;

    *status = NET_STATUS_CLOSED;
    rc = make_path(path, directory);
    return rc ? rc : open_file(status, path, false);
}

void net_status_set_text(_Atomic char *field, const char *text)
{
    size_t i, length = strnlen(text, NET_STATUS_TEXT_BYTES - 1);

    for (i = 0; i < length; i++)
        atomic_store_explicit(&field[i], text[i], memory_order_relaxed);
    for (; i < NET_STATUS_TEXT_BYTES; i++)
        atomic_store_explicit(&field[i], '\0', memory_order_relaxed);
}

/* Nothing passes but what can stand in an address, or in the net role's words
 * about one: the net role may be in strange hands. */
void net_status_get_text(const _Atomic char *field,
                         char text[NET_STATUS_TEXT_BYTES])
{
    size_t i;

    for (i = 0; i < NET_STATUS_TEXT_BYTES - 1; i++) {
        text[i] = atomic_load_explicit(&field[i], memory_order_relaxed);
        if (text[i] && !strchr("0123456789abcdefABCDEF:./ ()uplict", text[i]))
            text[i] = '?';
    }
    text[i] = '\0';
}

void net_status_close(struct net_status *status)
{
    shared_file_close(&status->file);
    status->header = NULL;
}
