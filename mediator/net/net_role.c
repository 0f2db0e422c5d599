/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_role.c - the process that faces the network
 *
 * It owns the card and lwIP, and has no Xen handle.  One thread, one libev
 * loop.  Before each sleep, in this order: answers to who typed, lwIP's
 * timers, input that waited, consoles that can fill a segment, frames out;
 * then either the flush timer runs, 1 ms from the first unsent byte on (up to
 * 4 in a stream), or the uart roles are asked to wake us.  Where it is the
 * timer that wakes us each few ms, the card does not.
 */
#define _GNU_SOURCE
#include "net/net_arguments.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lwip/init.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"

#include "net/net_consoles.h"
#include "net/net_counts.h"
#include "netif_ethernet.h"
#include "shared/confine.h"
#include "shared/log.h"
#include "shared/net_status.h"
#include "shared/role_link.h"
#include "shared/wake.h"

#define FLUSH_SECONDS      0.001
#define FLUSH_SECONDS_MAX  0.004
#define POLL_FRAMES_MAX    32
#define STOP_SECONDS       3.0
#define CARD_CHECK_MS      1000
#define SYSCALLS_MAX       16

/* libev's part; a card's driver adds its own.  A new epoll set is made when
 * the old one reports a descriptor that was closed here and is open elsewhere
 * still: a pty's, which the supervisor keeps. */
static const int loop_syscalls[] = {
    SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_ctl, SYS_eventfd2,
    SYS_epoll_create1,
};

struct net_role {
    struct nic *nic;
    struct netif netif;
    struct net_status status;
    struct nic_counts before; /* what the roles before this one counted */
    int wake_fd;
    int exit_status;
    bool is_stopping;
    bool has_link;
    bool has_token;     /* the FIFO was not emptied yet */
    bool has_interrupt; /* the card's, that was not ended yet */

    struct ev_loop *loop;
    ev_io nic_io, nic_link_io, wake_io, link_io;
    ev_timer flush_timer, lwip_timer, stop_timer;
    double flush_seconds; /* the flush timer's, in the stream that goes on */
    ev_prepare prepare;
    ev_check check;
    ev_signal terminate;
};

static struct net_role net_role;

static void stop(struct net_role *role)
{
    if (role->is_stopping)
        return;
    role->is_stopping = true;
    net_consoles_remove_all(NET_REMOVE_SECONDS);
    ev_io_stop(role->loop, &role->link_io);
    ev_timer_start(role->loop, &role->stop_timer);
}

static void add_console(const struct role_message *message, int *fds)
{
    int rc = net_consoles_add(message, fds);

    role_link_send_text(ROLE_LINK_FD,
                        rc ? ROLE_CONSOLE_FAILED : ROLE_CONSOLE_ADDED,
                        message->console, rc ? log_last_error() : "");
}

static void take_message(struct net_role *role,
                         const struct role_message *message, int *fds)
{
    unsigned int i;

    switch (message->type) {
    case ROLE_ADD_CONSOLE:
        add_console(message, fds);
        break;
    case ROLE_REMOVE_CONSOLE:
        net_consoles_remove(message->console, NET_REMOVE_SECONDS);
        break;
    case ROLE_ADD_LOCAL:
        net_consoles_add_local(message, fds);
        break;
    case ROLE_STOP:
        stop(role);
        break;
    default:
        log_warning("message %u from the supervisor means nothing here",
                    message->type);
    }
    for (i = 0; i < ROLE_LINK_FDS_MAX; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void link_ready(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct net_role *role = watcher->data;
    struct role_message message;
    int fds[ROLE_LINK_FDS_MAX];
    enum role_link_result result = ROLE_LINK_MESSAGE;

    (void)loop;
    (void)events;
    while (!role->is_stopping && result == ROLE_LINK_MESSAGE) {
        result = role_link_receive(ROLE_LINK_FD, &message, fds);
        if (result == ROLE_LINK_MESSAGE)
            take_message(role, &message, fds);
    }
    if (result == ROLE_LINK_CLOSED)
        stop(role);
}

static void terminated(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)loop;
    (void)events;
    stop(watcher->data);
}

static void stop_timed_out(struct ev_loop *loop, ev_timer *watcher,
                           int events)
{
    (void)watcher;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void nic_ready(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct net_role *role = watcher->data;

    (void)loop;
    if (!(events & EV_READ))
        return;
    netif_ethernet_receive(&role->netif);
    role->has_interrupt = true;
}

static void start_flush_timer(struct net_role *role, double seconds)
{
    if (seconds > FLUSH_SECONDS_MAX)
        seconds = FLUSH_SECONDS_MAX;
    role->flush_seconds = seconds;
    ev_timer_stop(role->loop, &role->flush_timer);
    ev_timer_set(&role->flush_timer, seconds, 0.);
    ev_timer_start(role->loop, &role->flush_timer);
}

/* What comes until the timer is due goes together.  One that runs is not put
 * off: others may have waited for a while. */
static void gather(struct net_role *role)
{
    if (!ev_is_active(&role->flush_timer))
        start_flush_timer(role, FLUSH_SECONDS);
}

/* The flush timer's last interval, or the one that it is in. */
static bool is_stream(const struct net_role *role)
{
    return role->flush_seconds > FLUSH_SECONDS;
}

/* before_sleep() does the work. */
static void woken(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct net_role *role = watcher->data;

    (void)loop;
    (void)events;
    role->has_token = true;
}

/* As long as bytes come, the timer goes on, and the uart roles are not asked
 * to wake us: a stream costs them no system call.  Nor is it to cost them much
 * of dom0's processor: a reader sees no difference between 1 and 4 ms.  Where
 * segments are full, or many frames come, there is nothing to be gained. */
static void flush_due(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct net_role *role = watcher->data;
    /* Answers are no stream: the next keystroke is not to wait for a timer. */
    bool is_answer = !is_stream(role) && net_consoles_owe_answer();
    unsigned int frames = 0;
    uint64_t bytes;

    (void)loop;
    (void)events;
    if (is_stream(role))
        frames = netif_ethernet_receive(&role->netif);
    bytes = net_consoles_flush();
    if (bytes > 0)
        start_flush_timer(role, is_answer || bytes >= TCP_MSS ||
                                        frames >= POLL_FRAMES_MAX
                                    ? FLUSH_SECONDS
                                    : role->flush_seconds * 2);
}

/* Only ends the sleep: before_sleep() does the work. */
static void lwip_due(struct ev_loop *loop, ev_timer *watcher, int events)
{
    (void)loop;
    (void)watcher;
    (void)events;
}

static void tell_link(const struct net_role *role)
{
    if (role->has_link)
        log_info("the network card's link is up");
    else
        log_warning("the network card's link is down; is its cable plugged "
                    "in?");
}

static void publish(struct net_role *role)
{
    struct net_status_header *status = role->status.header;
    char text[NET_STATUS_TEXT_BYTES];

    atomic_store(&status->has_link, role->has_link);
    net_counts_store(status, &role->before, &role->nic->counts);
    netif_address_describe(&role->netif, text, sizeof(text));
    net_status_set_text(status->addresses, text);
    netif_address_conflict(text, sizeof(text));
    net_status_set_text(status->conflict, text);
}

static void check_link(struct net_role *role)
{
    enum nic_link link = netif_ethernet_check_link(&role->netif);

    if (link == NIC_LINK_GONE) {
        log_error("the network card is gone; put it back, and mediatord opens "
                  "it again");
        role->exit_status = 1;
        ev_break(role->loop, EVBREAK_ALL);
        return;
    }
    if (role->has_link == (link == NIC_LINK_UP))
        return;
    role->has_link = link == NIC_LINK_UP;
    publish(role);
    tell_link(role);
}

static void nic_link_ready(struct ev_loop *loop, ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    check_link(watcher->data);
}

/* lwIP calls it each second. */
static void check_card(void *argument)
{
    struct net_role *role = argument;

    if (role->nic->driver->check)
        role->nic->driver->check(role->nic);
    if (role->nic->link_fd < 0)
        check_link(role);
    netif_address_check(&role->netif);
    net_consoles_check();
    publish(role);
    sys_timeout(CARD_CHECK_MS, check_card, role);
}

/* In a stream of small segments the card need not interrupt for their
 * acknowledgements: flush_due() looks for them. */
static void await_card(struct net_role *role)
{
    bool is_polling = ev_is_active(&role->flush_timer) && is_stream(role);
    int events = (is_polling ? 0 : EV_READ) |
                 (role->nic->wants_write ? EV_WRITE : 0);

    if (role->has_interrupt && !is_polling)
        netif_ethernet_rearm(&role->netif);
    role->has_interrupt = false;
    if (events == (role->nic_io.events & (EV_READ | EV_WRITE)))
        return;
    ev_io_stop(role->loop, &role->nic_io);
    ev_io_set(&role->nic_io, role->nic->fd, events);
    ev_io_start(role->loop, &role->nic_io);
}

static void set_lwip_timer(struct net_role *role)
{
    u32_t sleep_ms = sys_timeouts_sleeptime();

    ev_timer_stop(role->loop, &role->lwip_timer);
    if (sleep_ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE)
        return;
    ev_timer_set(&role->lwip_timer, sleep_ms / 1e3, 0.);
    ev_timer_start(role->loop, &role->lwip_timer);
}

/* Who typed waits for the answer: its first byte goes at once, or in a stream
 * within 1 ms.  What then follows is gathered. */
static void answer(struct net_role *role)
{
    if (ev_is_active(&role->flush_timer) && is_stream(role)) {
        if (net_consoles_owe_answer())
            start_flush_timer(role, FLUSH_SECONDS);
    } else if (net_consoles_answer()) {
        netif_ethernet_flush(&role->netif);
        gather(role);
    }
}

static void sleep_or_gather(struct net_role *role)
{
    if (ev_is_active(&role->flush_timer) || net_consoles_sleep())
        return;
    answer(role);
    gather(role);
}

static void before_sleep(struct ev_loop *loop, ev_prepare *watcher,
                         int events)
{
    struct net_role *role = watcher->data;

    (void)events;
    /* All else can come a little later. */
    answer(role);
    if (role->has_token)
        wake_drain(role->wake_fd);
    role->has_token = false;
    sys_check_timeouts();
    net_consoles_resume_input();
    net_consoles_flush_full();
    netif_ethernet_flush(&role->netif);
    set_lwip_timer(role);
    if (role->is_stopping && net_consoles_are_done() &&
        !role->nic->wants_write)
        ev_break(loop, EVBREAK_ALL);
    sleep_or_gather(role);
    await_card(role);
}

static void after_sleep(struct ev_loop *loop, ev_check *watcher, int events)
{
    (void)loop;
    (void)watcher;
    (void)events;
    net_consoles_woken();
}

static int open_wake_fifo(struct net_role *role, const char *directory)
{
    char path[4096];

    if (snprintf(path, sizeof(path), "%s/net.wake", directory) >=
        (int)sizeof(path))
        return log_error("the path of %s/net.wake is too long", directory);
    if (wake_create(path))
        return -1;
    role->wake_fd = wake_open(path);
    return role->wake_fd < 0 ? -1 : 0;
}

static int start_loop(struct net_role *role)
{
    role->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!role->loop)
        return log_error("libev cannot use epoll here");
    net_consoles_init(role->loop);
    /* A client in dom0 that went away shows as an error. */
    signal(SIGPIPE, SIG_IGN);

    ev_io_init(&role->nic_io, nic_ready, role->nic->fd, EV_READ);
    ev_io_init(&role->nic_link_io, nic_link_ready, role->nic->link_fd,
               EV_READ);
    ev_io_init(&role->wake_io, woken, role->wake_fd, EV_READ);
    ev_io_init(&role->link_io, link_ready, ROLE_LINK_FD, EV_READ);
    ev_timer_init(&role->flush_timer, flush_due, 0., 0.);
    ev_timer_init(&role->lwip_timer, lwip_due, 0., 0.);
    ev_timer_init(&role->stop_timer, stop_timed_out, STOP_SECONDS, 0.);
    ev_prepare_init(&role->prepare, before_sleep);
    ev_check_init(&role->check, after_sleep);
    ev_signal_init(&role->terminate, terminated, SIGTERM);
    role->nic_io.data = role->nic_link_io.data = role;
    role->link_io.data = role->wake_io.data = role;
    role->flush_timer.data = role;
    role->prepare.data = role->terminate.data = role;

    ev_io_start(role->loop, &role->nic_io);
    if (role->nic->link_fd >= 0)
        ev_io_start(role->loop, &role->nic_link_io);
    ev_io_start(role->loop, &role->wake_io);
    ev_io_start(role->loop, &role->link_io);
    ev_prepare_start(role->loop, &role->prepare);
    ev_check_start(role->loop, &role->check);
    ev_signal_start(role->loop, &role->terminate);
    return 0;
}

static int start_lwip(struct net_role *role,
                      const struct net_arguments *arguments)
{
    struct netif_addresses addresses;

    if (netif_address_parse(&addresses, arguments->address,
                            arguments->address6, arguments->gateway))
        return -1;
    lwip_init();
    if (netif_ethernet_add(&role->netif, role->nic, &addresses))
        return -1;
    role->has_link = netif_is_link_up(&role->netif);
    publish(role);
    tell_link(role);
    sys_timeout(CARD_CHECK_MS, check_card, role);
    return 0;
}

static int confine_net_role(struct net_role *role, const char *user)
{
    const struct nic_driver *driver = role->nic->driver;
    int syscalls[SYSCALLS_MAX];
    size_t count = sizeof(loop_syscalls) / sizeof(loop_syscalls[0]);

    if (count + driver->syscall_count > SYSCALLS_MAX)
        return log_error("the card's driver needs too many system calls");
    memcpy(syscalls, loop_syscalls, sizeof(loop_syscalls));
    memcpy(syscalls + count, driver->syscalls,
           driver->syscall_count * sizeof(int));
    return confine(user, syscalls, count + driver->syscall_count);
}

int net_role_main(const struct net_arguments *arguments)
{
    struct net_role *role = &net_role;
    int rc;

    role->wake_fd = -1;
    role->status = NET_STATUS_CLOSED;
    log_set_name("net");
    if (!arguments->nic) {
        rc = log_error("no network card is named; write "
                       "nic = \"pci:0000:00:02.0\", say");
        goto out;
    }
    rc = fcntl(ROLE_LINK_FD, F_SETFL, O_NONBLOCK);
    if (rc) {
        log_errno("the link to the supervisor is not there");
        goto out;
    }
    rc = nic_open(&role->nic, arguments->nic);
    if (rc)
        goto out;
    rc = open_wake_fifo(role, arguments->directory);
    if (rc)
        goto out;
    rc = net_status_open_writer(&role->status, arguments->directory);
    if (rc)
        goto out;
    net_counts_load(&role->before, role->status.header);
    rc = start_loop(role);
    if (rc)
        goto out;
    rc = start_lwip(role, arguments);
    if (rc)
        goto out;
    rc = confine_net_role(role, arguments->user);
out:
    if (rc) {
        role_link_send_text(ROLE_LINK_FD, ROLE_FAILED, 0, log_last_error());
        return 1;
    }
    if (role_link_send_type(ROLE_LINK_FD, ROLE_READY))
        return 1;
    ev_run(role->loop, 0);
    /* The last acknowledgements and resets. */
    role->nic->driver->flush(role->nic);
    role->nic->driver->close(role->nic);
    return role->exit_status;
}
