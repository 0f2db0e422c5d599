/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_sleep.c - looks for a next request, sleeps and naps
 *
 * A nap is a sleep with an end: while the guest posts writes that nobody waits
 * for, they may lie for some milliseconds, and are consumed many at a time.
 */
#define _GNU_SOURCE
#include "uart/uart_sleep.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include "shared/role_link.h"
#include "uart/client_input.h"
#include "uart/posted_output.h"
#include "uart/supervisor_link.h"
#include "uart/uart_parts.h"
#include "uart/uart_poll.h"
#include "uart/uart_requests.h"
#include "uart/wire_relay.h"

/* Looking for the next request before sleeping pays only while the guest runs
 * on another CPU and comes back soon.  Whether it does is found out by trying,
 * once in a while.  Counted and not timed: reading the clock is a system call
 * in a PV dom0.  Where it is pointless, spins is 0 (config_spins()). */
#define MISSES_BEFORE_GIVING_UP 4u
#define SLEEPS_BETWEEN_TRIALS 256u
/* Some 10 microseconds on hardware: a guest in a stream is back by then, and
 * where the hypervisor is a guest itself, a PAUSE may cost an exit. */
#define LOOKS_WITHOUT_PAUSE 8192u
/* Half of that: a driver that has sent all it had says so by its next access.
 * That spares two hypercalls, and an interrupt for nothing. */
#define LOOKS_BEFORE_INTERRUPT 4096u
/* With the net role's millisecond a client sees a byte within 5; in a stream
 * with its 4 within 8. */
#define NAP_NS 3000000u
/* A net role that has fallen can write our FIFO without end.  After so many
 * times in a row that there was nothing for the guest, a sleep does not hear
 * it, and ends in time to look.  One in good order wakes in vain at times,
 * when the guest has no room or the byte was taken already: what it brings
 * next comes that much later at most. */
#define VAIN_WAKES_MAX 8u
#define DEAF_NS 1000000u /* less than a nap */

void uart_sleep_begin(struct uart_role *role)
{
    /* A predecessor's sleeps must not look answered (wake.h). */
    role->sleep.count = (uint32_t)uart_poll_now_ns();
}

/* ---- looking for the next request ---- */

/* True: a request came. */
static bool look(struct uart_role *role, unsigned int looks)
{
    unsigned int slots = role->server.vcpus > 0 ? role->server.vcpus : 1, i;
    bool or_posted = posted_output_is_urgent(role);

    for (i = 0; i < looks && i < role->arguments->spins; i += slots) {
        if (uart_requests_are_waiting(role, or_posted)) {
            role->sleep.misses = 0;
            return true;
        }
        if (i >= LOOKS_WITHOUT_PAUSE)
            __builtin_ia32_pause();
    }
    return false;
}

/* A round trip through the event channel and the scheduler takes many times as
 * long as a guest takes to come back.  But a client that has typed waits: for
 * this role, or for the net role, which may have no CPU but this one.  Then
 * this takes no longer than to see whether an interrupt is wanted. */
bool uart_sleep_spin(struct uart_role *role)
{
    struct uart_sleep *sleep = &role->sleep;

    if (interrupt_line_is_due(&role->line)) {
        if (look(role, LOOKS_BEFORE_INTERRUPT))
            return true;
        interrupt_line_tell(&role->line);
    }
    if (sleep->has_answered || client_input_can_run(role, false))
        return false;
    if (sleep->misses >= MISSES_BEFORE_GIVING_UP) {
        if (sleep->misses++ < SLEEPS_BETWEEN_TRIALS)
            return false;
        sleep->misses = MISSES_BEFORE_GIVING_UP - 1;
    }
    if (look(role, role->arguments->spins))
        return true;
    sleep->misses++;
    return false;
}

/* ---- sleeping ---- */

static bool has_work(const struct uart_role *role, bool or_posted)
{
    return uart_requests_are_waiting(role, or_posted) ||
           client_input_can_run(role, false) || wire_relay_can_send(role) ||
           supervisor_link_says_stop() || supervisor_link_may_have_message();
}

/* What has come since the last sleep would end the next one at once: the event
 * of the first request, then one for all that came while it was masked, and
 * that of posted writes. */
static void accept_events(struct uart_role *role)
{
    struct uart_sleep *sleep = &role->sleep;
    unsigned int events = sleep->served < 2 ? sleep->served : 2;

    if (sleep->has_posted && !role->server.is_posted_silent)
        events++;
    if (events == 0 && sleep->has_event)
        events = 1;
    while (events > 0 && ioreq_server_accept_event(&role->server))
        events--;
    sleep->has_event = false;
    sleep->served = 0;
}

/* After how many ns at most the ring of posted writes is to be looked at
 * again; what is in it may lie for that long.  0: no nap; an event tells of
 * what comes from now on, so look at the ring once more before sleeping.
 *
 * Waking, or a commit, for each few bytes takes most of what they cost.  A
 * guest that writes goes on writing, so its event stays masked, once it has
 * come, until a nap brought nothing; a request, also because the ring is full,
 * ends the nap. */
static uint64_t begin_nap(struct uart_role *role)
{
    bool may_nap = role->sleep.has_posted && !posted_output_is_urgent(role);

    role->sleep.has_posted = false;
    if (may_nap)
        return NAP_NS;
    ioreq_server_hear_posted(&role->server);
    return 0;
}

/* Until the poll is due, or max_ns are over (0: there is no such end).  NULL:
 * there is neither. */
static struct timespec *time_left(const struct uart_role *role,
                                  uint64_t max_ns, struct timespec *timeout)
{
    uint64_t due = role->poll.at_ns, left = max_ns;

    if (due) {
        uint64_t now = uart_poll_now_ns();

        left = due > now ? due - now : 0;
        if (max_ns && max_ns < left)
            left = max_ns;
    } else if (!max_ns) {
        return NULL;
    }
    *timeout = (struct timespec){ left / 1000000000u, left % 1000000000u };
    return timeout;
}

/* Who gives the guest input sets vain_wakes to 0 again. */
static void take_token(struct uart_sleep *sleep)
{
    wake_drain(sleep->wake_fd);
    sleep->vain_wakes++;
}

static bool is_deaf(const struct uart_role *role)
{
    return role->sleep.vain_wakes > VAIN_WAKES_MAX;
}

void uart_sleep_until_work(struct uart_role *role)
{
    struct pollfd fds[] = {
        { .fd = ioreq_server_fd(&role->server), .events = POLLIN },
        { .fd = role->sleep.wake_fd, .events = POLLIN },
        { .fd = ROLE_LINK_FD, .events = POLLIN },
        wire_relay_pollfd(role),
    };
    struct uart_sleep *sleep = &role->sleep;
    struct timespec timeout, *wait;
    uint64_t nap_ns;
    sigset_t none;

    interrupt_line_tell(&role->line);
    accept_events(role);
    if (sleep->has_token)
        take_token(sleep);
    sleep->has_token = sleep->has_answered = false;
    nap_ns = begin_nap(role);
    wait = time_left(role, is_deaf(role) ? DEAF_NS : nap_ns, &timeout);
    if (is_deaf(role))
        fds[1].fd = -1;
    wake_sleep(&role->out_ring.header->report.uart_sleeps, &sleep->count);
    sigemptyset(&none);
    /* Signals are blocked but here, so none can come between the look for
     * work and the sleep. */
    if (!has_work(role, nap_ns == 0) && ppoll(fds, 4, wait, &none) > 0) {
        sleep->has_event = fds[0].revents;
        sleep->has_token = fds[1].revents;
        if (fds[2].revents)
            supervisor_link_expect_message();
    }
    /* The net role may come in vain once more before the next deaf sleep. */
    if (is_deaf(role))
        sleep->vain_wakes = VAIN_WAKES_MAX;
    wake_woken(&role->out_ring.header->report.uart_sleeps);
}
