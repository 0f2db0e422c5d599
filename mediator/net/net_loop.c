/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_loop.c - libev's watchers and timers of the net role, and what is done
 * around each sleep
 */
#include "net/net_loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lwip/tcp.h"
#include "lwip/timeouts.h"

#include "net/net_consoles.h"
#include "mld_timer.h"
#include "netif_ethernet.h"
#include "shared/log.h"
#include "shared/role_link.h"
#include "shared/wake.h"

#define FLUSH_SECONDS      0.001
#define FLUSH_SECONDS_MAX  0.004
#define POLL_FRAMES_MAX    32
#define POLL_BATCHES_MAX   16
#define STOP_SECONDS       3.0
#define CHECK_MS           1000

/* A card's driver adds its own.  libev makes a new epoll set when the old one
 * reports a descriptor that was closed here and is still open elsewhere: a
 * pty's, which the supervisor keeps. */
const int net_loop_syscalls[] = {
    SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_ctl, SYS_eventfd2,
    SYS_epoll_create1,
};
const size_t net_loop_syscall_count =
    sizeof(net_loop_syscalls) / sizeof(net_loop_syscalls[0]);

/* ---- the end ---- */

void net_loop_stop(struct net_loop *loop)
{
    if (loop->is_stopping)
        return;
    loop->is_stopping = true;
    net_consoles_remove_all(NET_REMOVE_SECONDS);
    ev_timer_start(loop->ev, &loop->stop_timer);
}

static void terminated(struct ev_loop *ev, ev_signal *watcher, int events)
{
    (void)ev;
    (void)events;
    net_loop_stop(watcher->data);
}

static void stop_timed_out(struct ev_loop *ev, ev_timer *watcher, int events)
{
    (void)watcher;
    (void)events;
    ev_break(ev, EVBREAK_ALL);
}

static void card_is_gone(struct net_loop *loop)
{
    loop->exit_status = 1;
    ev_break(loop->ev, EVBREAK_ALL);
}

/* ---- the card, without its interrupt ---- */

/* Takes in the frames that are there, and returns how many.  The card need not
 * interrupt for those that a full batch leaves behind, so it goes on until one
 * is not full.  A flood does not keep us here. */
static unsigned int poll_card(struct net_loop *loop)
{
    unsigned int frames = 0, batches = 0, count;

    do {
        count = netif_ethernet_receive(&loop->card->netif);
        frames += count;
    } while (count >= POLL_FRAMES_MAX && ++batches < POLL_BATCHES_MAX);
    return frames;
}

void net_loop_take_frames(struct net_loop *loop)
{
    if (poll_card(loop) > 0)
        loop->has_interrupt = true;
}

/* ---- the flush timer: what comes until it is due goes together ---- */

static void start_flush_timer(struct net_loop *loop, double seconds)
{
    if (seconds > FLUSH_SECONDS_MAX)
        seconds = FLUSH_SECONDS_MAX;
    loop->flush_seconds = seconds;
    ev_timer_stop(loop->ev, &loop->flush_timer);
    ev_timer_set(&loop->flush_timer, seconds, 0.);
    ev_timer_start(loop->ev, &loop->flush_timer);
}

/* A timer that runs is not put off: something may have waited for a while. */
static void gather(struct net_loop *loop)
{
    if (!ev_is_active(&loop->flush_timer))
        start_flush_timer(loop, FLUSH_SECONDS);
}

static bool is_stream(const struct net_loop *loop)
{
    return loop->flush_seconds > FLUSH_SECONDS;
}

static bool is_gathering_stream(const struct net_loop *loop)
{
    return ev_is_active(&loop->flush_timer) && is_stream(loop);
}

/* As long as bytes come, the timer goes on, and the uart roles are not asked
 * to wake us: a stream costs them no system call.  Nor is it to cost much of
 * dom0's processor, and a reader sees no difference between 1 and 4 ms, so
 * the interval grows.  Where segments are full, or many frames come, there is
 * nothing to be gained by that. */
static void flush_due(struct ev_loop *ev, ev_timer *watcher, int events)
{
    struct net_loop *loop = watcher->data;
    /* Answers are no stream: the next keystroke is not to wait for a timer. */
    bool is_answer = !is_stream(loop) && net_consoles_owe_answer();
    unsigned int frames = 0;
    uint64_t bytes;

    (void)ev;
    (void)events;
    if (is_stream(loop))
        frames = poll_card(loop);
    bytes = net_consoles_flush();
    if (bytes > 0)
        start_flush_timer(loop, is_answer || bytes >= TCP_MSS ||
                                        frames >= POLL_FRAMES_MAX
                                    ? FLUSH_SECONDS
                                    : loop->flush_seconds * 2);
}

/* ---- what wakes the role ---- */

static void nic_ready(struct ev_loop *ev, ev_io *watcher, int events)
{
    struct net_loop *loop = watcher->data;

    (void)ev;
    if (!(events & EV_READ))
        return;
    netif_ethernet_receive(&loop->card->netif);
    loop->has_interrupt = true;
}

static void nic_link_ready(struct ev_loop *ev, ev_io *watcher, int events)
{
    struct net_loop *loop = watcher->data;

    (void)ev;
    (void)events;
    if (net_card_check_link(loop->card))
        card_is_gone(loop);
}

/* A uart role has output, or room for input: before_sleep() does the work. */
static void woken(struct ev_loop *ev, ev_io *watcher, int events)
{
    struct net_loop *loop = watcher->data;

    (void)ev;
    (void)events;
    loop->has_token = true;
}

/* This only ends the sleep: before_sleep() does the work. */
static void lwip_due(struct ev_loop *ev, ev_timer *watcher, int events)
{
    (void)ev;
    (void)watcher;
    (void)events;
}

/* lwIP calls this each second. */
static void check_all(void *argument)
{
    struct net_loop *loop = argument;

    if (net_card_check(loop->card))
        card_is_gone(loop);
    /* If an interrupt was lost, frames wait, and no other one comes before it
     * is ended. */
    net_loop_take_frames(loop);
    net_consoles_check();
    sys_timeout(CHECK_MS, check_all, loop);
}

/* ---- around each sleep ---- */

/* In a stream of small segments the card need not interrupt for their
 * acknowledgements: flush_due() looks for them. */
static void await_card(struct net_loop *loop)
{
    bool is_polling = is_gathering_stream(loop);
    struct nic *nic = loop->card->nic;
    int events = (is_polling ? 0 : EV_READ) |
                 (nic->wants_write ? EV_WRITE : 0);

    if (loop->has_interrupt && !is_polling)
        netif_ethernet_rearm(&loop->card->netif);
    loop->has_interrupt = false;
    if (events == (loop->nic_io.events & (EV_READ | EV_WRITE)))
        return;
    ev_io_stop(loop->ev, &loop->nic_io);
    ev_io_set(&loop->nic_io, nic->fd, events);
    ev_io_start(loop->ev, &loop->nic_io);
}

static void set_lwip_timer(struct net_loop *loop)
{
    u32_t sleep_ms;

    mld_timer_update(&loop->card->netif);
    sleep_ms = sys_timeouts_sleeptime();
    ev_timer_stop(loop->ev, &loop->lwip_timer);
    if (sleep_ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE)
        return;
    ev_timer_set(&loop->lwip_timer, sleep_ms / 1e3, 0.);
    ev_timer_start(loop->ev, &loop->lwip_timer);
}

/* Whoever typed waits for the answer: its first byte goes at once, or in a
 * stream within 1 ms.  What follows it is gathered. */
static void answer(struct net_loop *loop)
{
    if (is_gathering_stream(loop)) {
        if (net_consoles_owe_answer())
            start_flush_timer(loop, FLUSH_SECONDS);
    } else if (net_consoles_answer()) {
        netif_ethernet_flush(&loop->card->netif);
        gather(loop);
    }
}

static void sleep_or_gather(struct net_loop *loop)
{
    if (ev_is_active(&loop->flush_timer) || net_consoles_sleep())
        return;
    answer(loop);
    gather(loop);
}

static void before_sleep(struct ev_loop *ev, ev_prepare *watcher, int events)
{
    struct net_loop *loop = watcher->data;

    (void)events;
    /* All else can come a little later. */
    answer(loop);
    if (loop->has_token)
        wake_drain(loop->wake_fd);
    loop->has_token = false;
    sys_check_timeouts();
    net_consoles_resume_input();
    net_consoles_flush_full();
    netif_ethernet_flush(&loop->card->netif);
    set_lwip_timer(loop);
    if (loop->is_stopping && net_consoles_are_done() &&
        !loop->card->nic->wants_write)
        ev_break(ev, EVBREAK_ALL);
    sleep_or_gather(loop);
    await_card(loop);
}

static void after_sleep(struct ev_loop *ev, ev_check *watcher, int events)
{
    (void)ev;
    (void)watcher;
    (void)events;
    net_consoles_woken();
}

/* ---- start ---- */

static void init_watchers(struct net_loop *loop)
{
    struct nic *nic = loop->card->nic;

    ev_io_init(&loop->nic_io, nic_ready, nic->fd, EV_READ);
    ev_io_init(&loop->nic_link_io, nic_link_ready, nic->link_fd, EV_READ);
    ev_io_init(&loop->wake_io, woken, loop->wake_fd, EV_READ);
    ev_timer_init(&loop->flush_timer, flush_due, 0., 0.);
    ev_timer_init(&loop->lwip_timer, lwip_due, 0., 0.);
    ev_timer_init(&loop->stop_timer, stop_timed_out, STOP_SECONDS, 0.);
    ev_prepare_init(&loop->prepare, before_sleep);
    ev_check_init(&loop->check, after_sleep);
    ev_signal_init(&loop->terminate, terminated, SIGTERM);
    loop->nic_io.data = loop->nic_link_io.data = loop->wake_io.data = loop;
    loop->flush_timer.data = loop;
    loop->prepare.data = loop->terminate.data = loop;
}

static bool is_at_work;

/* libev would abort() where it cannot go on: for want of descriptors, say.
 * ROLE_FAILED is for who has not begun. */
static void give_up(const char *what)
{
    log_errno("libev: %s", what);
    if (!is_at_work)
        role_link_send_text(ROLE_LINK_FD, ROLE_FAILED, 0, log_last_error());
    _exit(EXIT_FAILURE);
}

int net_loop_start(struct net_loop *loop, struct net_card *card, int wake_fd)
{
    loop->card = card;
    loop->wake_fd = wake_fd;
    ev_set_syserr_cb(give_up);
    loop->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (!loop->ev)
        return log_error("libev cannot use epoll here");
    net_consoles_init(loop->ev);
    /* A client in dom0 that has gone shows as an error of write(). */
    signal(SIGPIPE, SIG_IGN);

    init_watchers(loop);
    ev_io_start(loop->ev, &loop->nic_io);
    if (card->nic->link_fd >= 0)
        ev_io_start(loop->ev, &loop->nic_link_io);
    ev_io_start(loop->ev, &loop->wake_io);
    ev_prepare_start(loop->ev, &loop->prepare);
    ev_check_start(loop->ev, &loop->check);
    ev_signal_start(loop->ev, &loop->terminate);
    sys_timeout(CHECK_MS, check_all, loop);
    return 0;
}

int net_loop_run(struct net_loop *loop)
{
    is_at_work = true;
    ev_run(loop->ev, 0);
    return loop->exit_status;
}
