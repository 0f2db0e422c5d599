/* SPDX-License-Identifier: BSD-2-Clause */
/* console_pty.c - a pty for each console, where xl console looks for one */
#define _GNU_SOURCE
#include "supervisor/console/console_pty.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/host/domain_serial.h"
#include "supervisor/roles/net_keeper.h"

bool console_pty_is_open(const struct console *console)
{
    return console->pty.master >= 0;
}

/* ---- who has it open ---- */

/* Whether somebody has the slave open, or typed there and went at once. */
static bool is_in_use(const struct console_pty *pty)
{
    struct pollfd state = { .fd = pty->master, .events = POLLIN };

    return poll(&state, 1, 0) != 1 || state.revents != POLLHUP;
}

static void on_notify(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct console *console = watcher->data;
    /* One file is watched, so that the events have no names and one size. */
    struct inotify_event news[16];

    (void)loop;
    (void)events;
    /* They cannot be counted, as inotify makes one of two that are equal. */
    while (read(watcher->fd, news, sizeof(news)) > 0)
        ;
    console_pty_progress(console);
}

/* ---- the pty ---- */

static int open_slave(const struct console_pty *pty)
{
    int slave = open(pty->path, O_RDWR | O_NOCTTY | O_CLOEXEC);

    return slave < 0 ? log_errno("cannot open %s", pty->path) : slave;
}

/* Raw: nothing is echoed, and nothing is changed on the way.  The settings
 * stay with the pty while the master is open, whoever made them, and Linux
 * takes those of the slave from the master, too: nothing is opened for it, of
 * which inotify would tell. */
static int make_raw(const struct console_pty *pty)
{
    struct termios settings;

    if (tcgetattr(pty->master, &settings))
        return log_errno("cannot read the settings of %s", pty->path);
    cfmakeraw(&settings);
    if (tcsetattr(pty->master, TCSANOW, &settings))
        return log_errno("cannot set up %s", pty->path);
    return 0;
}

static int set_up_slave(struct console_pty *pty)
{
    int slave, rc = 0;

    if (ptsname_r(pty->master, pty->path, sizeof(pty->path)))
        return log_errno("cannot find a pty's name");
    slave = open_slave(pty);
    if (slave < 0)
        return -1;
    if (fchmod(slave, 0600) || fchown(slave, geteuid(), getegid())) {
        rc = log_errno("cannot keep %s to root", pty->path);
        goto out;
    }
    rc = make_raw(pty);
out:
    close(slave);
    return rc;
}

static int open_notify(struct console_pty *pty)
{
    pty->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (pty->notify < 0 ||
        inotify_add_watch(pty->notify, pty->path, IN_OPEN | IN_CLOSE) < 0)
        return log_errno("cannot watch %s; is fs.inotify."
                         "max_user_instances too small?", pty->path);
    return 0;
}

static void close_ends(struct console_pty *pty)
{
    if (pty->master >= 0)
        close(pty->master);
    if (pty->notify >= 0)
        close(pty->notify);
    *pty = CONSOLE_PTY_CLOSED;
}

static int open_pty(struct console *console)
{
    struct console_pty *pty = &console->pty;
    int rc = 0;

    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (pty->master < 0 || grantpt(pty->master) || unlockpt(pty->master))
        rc = log_errno("cannot make a pty");
    if (!rc)
        rc = set_up_slave(pty);
    if (!rc)
        rc = open_notify(pty);
    if (rc) {
        close_ends(pty);
        return rc;
    }
    ev_io_init(&pty->watcher, on_notify, pty->notify, EV_READ);
    pty->watcher.data = console;
    ev_io_start(console->list->loop, &pty->watcher);
    return 0;
}

void console_pty_close(struct console *console)
{
    struct console_pty *pty = &console->pty;

    console_pty_withdraw(console);
    if (pty->notify >= 0)
        ev_io_stop(console->list->loop, &pty->watcher);
    close_ends(pty);
}

/* ---- for xl ---- */

void console_pty_publish(struct console *console)
{
    struct console_pty *pty = &console->pty;
    unsigned int number;
    int rc = 0;

    if (console->list->is_early ||
        !strcmp(console->list->config->nic, "none") ||
        !domain_serial_number(console->options.first_port, &number))
        return;
    if (!console_pty_is_open(console))
        rc = open_pty(console);
    if (!rc)
        rc = domain_serial_publish(console->list->domains,
                                   console->domain.domid, number, pty->path);
    pty->is_published = rc == 0;
    if (rc < 0)
        log_warning("console %s: xl console will not show it", console->label);
    else if (rc > 0)
        log_info("console %s: xl console shows the device model's port, as "
                 "before", console->label);
}

void console_pty_withdraw(struct console *console)
{
    struct console_pty *pty = &console->pty;
    unsigned int number;

    if (pty->is_published &&
        domain_serial_number(console->options.first_port, &number))
        domain_serial_withdraw(console->list->domains,
                               console->domain.domid, number, pty->path);
    pty->is_published = false;
}

/* ---- for its reader ---- */

static void give(struct console *console)
{
    struct console_pty *pty = &console->pty;
    struct role_message message = {
        .type = ROLE_ADD_LOCAL,
        .console = console->number,
        .value = ROLE_LOCAL_PTY,
        .is_terminal = true, /* who reads it is not known; xl console does, for
                              * one */
    };

    /* A former reader, or this one, may have set it to echo, and then the
     * guest would be typed its own history.  It is better not to be served. */
    if (make_raw(pty))
        return;
    message.from = pty->is_resumed
                       ? atomic_load(&console->in.header->pty_cursor)
                       : out_ring_replay_cursor(
                             &console->out, console->options.replay_bytes);
    if (!net_keeper_send(console->list->net, &message, &pty->master, 1))
        pty->is_given = pty->is_resumed = true;
}

/* The next reader is another one, who is not to get what this one left unread.
 * That is thrown away once only for each reader: it takes opening the slave,
 * which is an event for on_notify() again. */
static void end_reading(struct console_pty *pty)
{
    int slave;

    if (!pty->is_resumed)
        return;
    pty->is_resumed = false;
    slave = open_slave(pty);
    if (slave < 0)
        return;
    tcflush(slave, TCIFLUSH);
    close(slave);
}

void console_pty_progress(struct console *console)
{
    struct console_pty *pty = &console->pty;

    /* The net role, which has it, sees by itself when the last reader goes. */
    if (!console_pty_is_open(console) || pty->is_given)
        return;
    if (!is_in_use(pty))
        end_reading(pty);
    else if (console->list->net->is_ready && console->is_listening &&
             console->out.header && console->in.header)
        give(console);
}

void console_pty_removed(struct console *console)
{
    console->pty.is_given = false;
    end_reading(&console->pty);
    console_pty_progress(console);
}

void console_pty_net_gone(struct console *console)
{
    console->pty.is_given = false;
}
