/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wake.c - makes, opens, writes and empties the FIFO that wakes a role
 */
#include "shared/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"

int wake_create(const char *path)
{
    if (mkfifo(path, 0600) && errno != EEXIST)
        return log_errno("cannot create %s", path);
    return 0;
}

int wake_open(const char *path)
{
    /* O_RDWR: opening never waits for the other end, and a writer whose
     * reader died gets no SIGPIPE. */
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return log_errno("cannot open %s", path);
    return fd;
}

int wake_open_writer(const char *path)
{
    /* Without a reader the FIFO cannot be opened for writing alone, and there
     * is none while the other role is dead. */
    int reader = wake_open(path), fd;

    if (reader < 0)
        return -1;
    fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        log_errno("cannot open %s for writing", path);
    close(reader);
    return fd;
}

void wake_signal(int fd)
{
    static const char token = 'w';

    /* EAGAIN: the FIFO is full, so the other side is about to look.  EPIPE:
     * the other role is dead, and its successor looks at its start. */
    if (write(fd, &token, 1) < 0)
        return;
}

void wake_drain(int fd)
{
    char tokens[256]; /* more than there are of honest roles */

    /* Whether or not there are any. */
    if (read(fd, tokens, sizeof(tokens)) < 0)
        return;
}
