/* SPDX-License-Identifier: BSD-2-Clause */
/* console_wire.c - the tty of wire=, which the supervisor holds open */
#include "supervisor/console/console_wire.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/wire_tty.h"
#include "supervisor/console/console.h"

int console_wire_hold(struct console *console)
{
    const char *path = console->options.wire;
    int fd, rc;

    if (!*path || console->wire_fd >= 0)
        return 0;
    fd = wire_tty_open_path(path);
    if (fd < 0)
        return -1;
    rc = linux_tty_check_free(path);
    if (rc)
        close(fd);
    else
        console->wire_fd = fd;
    return rc;
}

void console_wire_let_go(struct console *console)
{
    if (console->wire_fd < 0)
        return;
    wire_tty_let_go(console->wire_fd);
    console->wire_fd = -1;
}

bool console_wire_is_same(const struct console *console,
                          const struct console *other)
{
    const char *path = console->options.wire, *path2 = other->options.wire;
    struct stat found, found2;

    if (!*path || !*path2)
        return false;
    if (!strcmp(path, path2))
        return true;
    return !stat(path, &found) && !stat(path2, &found2) &&
           found.st_rdev == found2.st_rdev && S_ISCHR(found.st_mode) &&
           S_ISCHR(found2.st_mode);
}
