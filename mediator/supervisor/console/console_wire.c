/* SPDX-License-Identifier: BSD-2-Clause */
/* console_wire.c - the tty of wire=, which the supervisor holds open */
#include "supervisor/console/console_wire.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/log.h"
#include "shared/wire_tty.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"

/* In seconds: between two looks for a tty that is gone, and after one that
 * somebody else has. */
#define CONSOLE_WIRE_LOOK    1.0
#define CONSOLE_WIRE_REFUSED 10.0

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

static void close_tty(struct console *console)
{
    if (console->wire_fd < 0)
        return;
    wire_tty_let_go(console->wire_fd);
    console->wire_fd = -1;
}

void console_wire_let_go(struct console *console)
{
    ev_timer_stop(console->list->loop, &console->wire_retry);
    restart_delay_forget(&console->wire_delay);
    close_tty(console);
}

/* ---- a tty that goes and comes ---- */

static void look_later(struct console *console, double seconds)
{
    ev_timer_set(&console->wire_retry, seconds, 0.);
    ev_timer_start(console->list->loop, &console->wire_retry);
}

/* A name that leads nowhere is no news. */
static bool is_there(const char *path)
{
    struct stat found;

    return !stat(path, &found) && S_ISCHR(found.st_mode);
}

/* A uart role that is just starting opens the tty by itself, and says so if it
 * cannot. */
static void give(struct console *console)
{
    struct role_message message = { .type = ROLE_WIRE };
    uint64_t missed = atomic_load(
        &console->out.header->report.wire_missed) - console->wire_missed;

    restart_delay_note_ready(&console->wire_delay);
    log_info("console %s: wire=%s is there again; it missed %llu bytes of the "
             "guest, and what came in at it meanwhile is lost",
             console->label, console->options.wire,
             (unsigned long long)missed);
    if (console->is_uart_ready)
        role_process_send(&console->uart, &message, &console->wire_fd, 1);
}

static void on_retry(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct console *console = watcher->data;

    (void)loop;
    (void)events;
    if (console->state != CONSOLE_SERVING || !console->out.header)
        return;
    if (!is_there(console->options.wire))
        look_later(console, CONSOLE_WIRE_LOOK);
    else if (console_wire_hold(console))
        look_later(console, CONSOLE_WIRE_REFUSED);
    else
        give(console);
}

void console_wire_init(struct console *console)
{
    console->wire_fd = -1;
    console->wire_delay = (struct restart_delay){
        .first = CONSOLE_WIRE_LOOK, .second = 2 * CONSOLE_WIRE_LOOK,
    };
    ev_timer_init(&console->wire_retry, on_retry, 0., 0.);
    console->wire_retry.data = console;
}

void console_wire_lost(struct console *console)
{
    close_tty(console);
    if (!*console->options.wire || console->state != CONSOLE_SERVING ||
        ev_is_active(&console->wire_retry))
        return;
    log_warning("console %s: wire=%s is gone; guest and clients go on without "
                "it, and it is taken again when it is there",
                console->label, console->options.wire);
    if (console->out.header)
        console->wire_missed =
            atomic_load(&console->out.header->report.wire_missed);
    look_later(console, restart_delay_after_failure(&console->wire_delay));
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
