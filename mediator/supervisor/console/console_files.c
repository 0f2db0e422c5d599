/* SPDX-License-Identifier: BSD-2-Clause */
/* console_files.c - a console's folder: made, looked into, removed */
#include "supervisor/console/console_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/wake.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"

static int file_path(const struct console *console, char path[PATH_MAX],
                     const char *name)
{
    return console_path(path, console->list->config->directory,
                        console->key, name);
}

/* Whether the ring that is there can go on being used.  It has the descriptor
 * from then on. */
static bool open_out_view(struct console *console, int fd)
{
    return fd >= 0 && !out_ring_open_reader(&console->out, fd) &&
           console->out.file.data_bytes >= console->options.history_bytes &&
           console->out.file.data_bytes / 2 < console->options.history_bytes;
}

static int prepare_out(struct console *console)
{
    char path[PATH_MAX], state[PATH_MAX], in[PATH_MAX];
    int rc = file_path(console, path, "out"), fd;

    if (!rc)
        rc = file_path(console, state, "state");
    if (!rc)
        rc = file_path(console, in, "in");
    if (rc)
        return rc;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    /* A ring that cannot be looked at now is no reason to give it up. */
    if (fd < 0 && errno != ENOENT)
        return log_errno("cannot open %s", path);
    if (open_out_view(console, fd))
        return 0;
    out_ring_close(&console->out);
    if (fd >= 0) {
        log_warning("console %s begins a new history", console->label);
        /* The offsets in these two belong to the ring that goes. */
        unlink(state);
        unlink(in);
    }
    rc = out_ring_create(path, console->options.history_bytes);
    if (rc)
        return rc;
    return open_out_view(console, open(path, O_RDONLY | O_CLOEXEC))
               ? 0
               : log_error("cannot use the new %s", path);
}

/* A new in ring begins where the out ring says that the last one was read to:
 * it would look full for ever otherwise. */
static int create_in(const struct console *console, const char *path)
{
    struct in_ring ring;
    int rc = in_ring_create(path);

    if (!rc)
        rc = in_ring_open_writer(&ring, open(path, O_RDWR | O_CLOEXEC));
    if (rc)
        return rc;
    atomic_store(&ring.header->head,
                 atomic_load(&console->out.header->report.in_tail));
    in_ring_close(&ring);
    return 0;
}

static int prepare_in(struct console *console)
{
    char path[PATH_MAX];
    int rc = file_path(console, path, "in");

    if (rc)
        return rc;
    if (!access(path, F_OK) && !in_ring_open_reader(&console->in, path))
        return 0;
    rc = create_in(console, path);
    return rc ? rc : in_ring_open_reader(&console->in, path);
}

int console_files_prepare(struct console *console)
{
    char path[PATH_MAX];
    int rc = file_path(console, path, "");

    if (rc)
        return rc;
    if (mkdir(path, 0700) && errno != EEXIST)
        return log_errno("cannot make %s", path);
    console_files_close(console);
    rc = prepare_out(console);
    if (!rc)
        rc = prepare_in(console);
    if (!rc)
        rc = file_path(console, path, "uart.wake");
    if (!rc)
        rc = wake_create(path);
    console->has_files = !rc;
    return rc;
}

void console_files_close(struct console *console)
{
    console->has_files = false;
    out_ring_close(&console->out);
    in_ring_close(&console->in);
}

void console_files_remove(struct console *console)
{
    char path[PATH_MAX];
    struct dirent *entry;
    DIR *folder;

    console_files_close(console);
    if (file_path(console, path, ""))
        return;
    folder = opendir(path);
    if (!folder)
        return;
    while ((entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(path);
}
