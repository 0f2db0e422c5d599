/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_loop.c - the loop that a guest's vCPU waits for: it serves
 * requests, spins a little for the next one, and sleeps
 *
 * From finish_request() downwards there is no allocation, no lock and no log
 * line, and no system call but the guest's event, its interrupt line and, at
 * most once a sleep, the net role's wake-up.  A console with wire= has those
 * of its tty, one or two a byte.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/serial_reg.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#include "uart/client_input.h"
#include "shared/log.h"
#include "uart/posted_output.h"
#include "shared/role_link.h"
#include "uart/uart_role.h"
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
#define LATE_POLLS_MAX 16u /* that are caught up with */

static volatile sig_atomic_t is_stopping;
static volatile sig_atomic_t has_link_message;

static void on_stop(int signal)
{
    (void)signal;
    is_stopping = 1;
}

static void on_link_message(int signal)
{
    (void)signal;
    has_link_message = 1;
}

int uart_service_prepare_signals(void)
{
    struct sigaction stop = { .sa_handler = on_stop };
    struct sigaction look = { .sa_handler = on_link_message };
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGUSR1);
    if (sigaction(SIGTERM, &stop, NULL) || sigaction(SIGINT, &stop, NULL) ||
        sigaction(SIGUSR1, &look, NULL) ||
        sigprocmask(SIG_BLOCK, &blocked, NULL))
        return log_errno("cannot set up signals");
    return 0;
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec;
}

void uart_service_tell_net_role(struct uart_role *role)
{
    uint64_t head = atomic_load_explicit(&role->out_ring.header->head,
                                         memory_order_relaxed);

    if (head == role->signalled_head)
        return;
    role->signalled_head = head;
    role->has_answered |= role->has_typed;
    role->has_typed = false;
    wake_if_asleep(&role->net, &role->in_ring.header->net_sleeps);
}

/* Accesses may bring it forward, but never put it off: a guest that is busy
 * with other registers gets its interrupt too. */
void uart_service_schedule_poll(struct uart_role *role)
{
    uint64_t interval = role->uart.poll_interval_ns;

    if (interval == 0)
        role->poll_at_ns = 0;
    if (interval == 0 ||
        (role->poll_at_ns && interval >= role->scheduled_ns))
        return;
    role->scheduled_ns = interval;
    if (!role->poll_at_ns || now_ns() + interval < role->poll_at_ns)
        role->poll_at_ns = now_ns() + interval;
}

/* For mediatorctl status. */
static void publish_line_settings(struct uart_role *role)
{
    const struct uart_state *state = journal_current(&role->journal);
    _Atomic uint32_t *settings = &role->out_ring.header->line_settings;
    uint32_t now = (uint32_t)state->lcr << 16 | state->dlm << 8 | state->dll;

    if (now != atomic_load_explicit(settings, memory_order_relaxed))
        atomic_store_explicit(settings, now, memory_order_relaxed);
}

/* A real transmitter would still be sending: no guest counts on an interrupt
 * at once, and its next access may be the one by which it wants none. */
static bool may_interrupt_later(const struct uart_role *role)
{
    const struct port_request *request = &role->journal.page->request;

    return !request->is_read && request->addr == role->access.first_port;
}

static void finish_request(struct uart_role *role, unsigned int vcpu)
{
    uint64_t response = port_access_run(&role->access);

    shadow_registers_update(&role->server.shadow, &role->uart,
                            journal_current(&role->journal));
    ioreq_server_respond(&role->server, vcpu, response);
    ioreq_server_notify(&role->server, vcpu);
    if (may_interrupt_later(role))
        interrupt_line_put_off(&role->line);
    else
        interrupt_line_settle(&role->line);
    journal_end(&role->journal);
    publish_line_settings(role);
    uart_service_tell_net_role(role);
    uart_service_schedule_poll(role);
}

/* What a vCPU posted before its request is consumed before it. */
bool uart_service_serve(struct uart_role *role)
{
    struct port_request request;
    bool was_any = false;
    unsigned int vcpu;

    if (posted_output_run(role))
        was_any = posted_output_is_urgent(role);
    for (vcpu = 0; vcpu < role->server.vcpus; vcpu++) {
        if (!ioreq_server_is_ready(&role->server, vcpu))
            continue;
        posted_output_drain(role);
        ioreq_server_take(&role->server, vcpu, &request);
        journal_begin(&role->journal, &request);
        finish_request(role, vcpu);
        role->served++;
        was_any = true;
    }
    return was_any;
}

struct uart_state *uart_service_begin_step(struct uart_role *role)
{
    role->uart.state = &journal_work(&role->journal)->uart;
    return role->uart.state;
}

void uart_service_commit_step(struct uart_role *role)
{
    uart_update_irq(&role->uart);
    journal_commit(&role->journal, 0);
    shadow_registers_update(&role->server.shadow, &role->uart,
                            journal_current(&role->journal));
    interrupt_line_put_off(&role->line);
}

void uart_service_end_step(struct uart_role *role)
{
    uart_service_commit_step(role);
    interrupt_line_settle(&role->line);
}

static void poll_uart(struct uart_role *role)
{
    uint64_t was_due = role->poll_at_ns, interval, now;

    if (!role->uart.ops->poll)
        return;
    uart_service_begin_step(role);
    role->uart.ops->poll(&role->uart);
    uart_service_end_step(role);

    /* From when it was due, not from now: a baud rate is kept even when we
     * come late, unless it was very late. */
    interval = role->uart.poll_interval_ns;
    role->scheduled_ns = interval;
    role->poll_at_ns = 0;
    if (interval == 0)
        return;
    now = now_ns();
    role->poll_at_ns = was_due + interval;
    if (role->poll_at_ns + LATE_POLLS_MAX * interval < now)
        role->poll_at_ns = now + interval;
}

static bool is_string_under_way(const struct uart_role *role)
{
    return journal_is_active(&role->journal) &&
           port_access_is_run(&role->access, &role->journal.page->request);
}

/* A process that died had put the byte of a request into the out ring, or a
 * run: of posted writes, which stand in their own ring still, or of a string.
 */
static bool may_be_ahead(const struct uart_role *role, uint64_t bytes)
{
    return bytes <= (is_string_under_way(role) ? PORT_ACCESS_RUN_MAX : 1) ||
           bytes <= posted_writes_count(&role->server.posted);
}

/* A state that does not fit its out ring was tampered with or is half of an
 * older pair: go on from where the ring is. */
static void check_output(struct uart_role *role)
{
    const struct uart_state *state = journal_current(&role->journal);
    uint64_t head = atomic_load(&role->out_ring.header->head);

    if (may_be_ahead(role, head - state->out_offset) &&
        state->wire_offset <= head)
        return;
    log_warning("state and out ring disagree (%llu, %llu); going on where the "
                "ring is",
                (unsigned long long)state->out_offset,
                (unsigned long long)head);
    journal_correct_output(&role->journal, head);
}

/* The same, or the in ring is new, or its writer lied to a predecessor: what
 * is in it is left out.  Apart from the output, of which a byte may have to be
 * put again. */
static void check_input(struct uart_role *role)
{
    const struct uart_state *state = journal_current(&role->journal);
    uint64_t in_tail = atomic_load(&role->out_ring.header->in_tail);
    uint64_t head = in_ring_head(&role->in_ring);

    if (state->in_offset - in_tail <= UART_FIFO_BYTES_MAX &&
        head - state->in_offset <= IN_RING_BYTES)
        return;
    log_warning("state and in ring disagree (%llu, %llu, %llu); going on with "
                "what is typed from now on",
                (unsigned long long)state->in_offset,
                (unsigned long long)in_tail, (unsigned long long)head);
    journal_correct_input(&role->journal, head);
}

/* The predecessor died at the device, and no request was under way: it was
 * about to send an input byte through a plug (which stands in the ring still
 * and was not waited for yet), or to take one by a poll.  Whichever it was is
 * left out now, before another access comes to the device. */
static void settle_doubt(struct uart_role *role)
{
    if (!role->journal.is_device_in_doubt)
        return;
    if (role->uart.options.has_plug &&
        journal_current(&role->journal)->transmitter == 0 &&
        client_input_can_run(role, false))
        client_input_run(role);
    else
        poll_uart(role);
}

/* A run of a string is in the out ring, but not committed.  It is taken from
 * there: the guest's memory may have changed since, or be gone. */
static void settle_string(struct uart_role *role)
{
    uint64_t head = atomic_load(&role->out_ring.header->head), missed;
    uint64_t from = journal_current(&role->journal)->out_offset;
    uint64_t units = journal_units_done(&role->journal);
    uint8_t bytes[PORT_ACCESS_RUN_MAX];
    size_t count = head - from;

    if (!is_string_under_way(role) || count == 0 || count > sizeof(bytes) ||
        count > role->journal.page->request.count - units)
        return;
    out_ring_read(&role->out_ring, &from, bytes, count, &missed);
    role->uart.state = &journal_work(&role->journal)->uart;
    role->uart.ops->write_run(&role->uart, bytes, count);
    uart_update_irq(&role->uart);
    journal_commit(&role->journal, units + count);
}

/* What a predecessor left: a request that the journal knows is finished from
 * where it stopped; one that was only taken begins anew; a response that was
 * given but perhaps not announced is announced (again, which is harmless). */
static void recover(struct uart_role *role)
{
    struct ioreq_server *server = &role->server;
    uint32_t known = role->journal.page->request.vcpu;
    struct port_request request;
    unsigned int vcpu;

    posted_output_begin(role);
    check_output(role);
    check_input(role);
    settle_string(role);
    uart_publish_input(role);
    publish_line_settings(role);
    wire_relay_begin(role);
    role->uart.state = &journal_work(&role->journal)->uart;
    uart_update_irq(&role->uart);
    shadow_registers_update(&role->server.shadow, &role->uart,
                            journal_current(&role->journal));
    interrupt_line_settle(&role->line);

    for (vcpu = 0; vcpu < server->vcpus; vcpu++)
        if (!ioreq_server_is_in_process(server, vcpu))
            ioreq_server_notify(server, vcpu);

    if (journal_is_active(&role->journal)) {
        if (known < server->vcpus && ioreq_server_is_in_process(server, known))
            finish_request(role, known);
        else
            journal_end(&role->journal);
    }
    settle_doubt(role);
    for (vcpu = 0; vcpu < server->vcpus; vcpu++) {
        if (!ioreq_server_is_in_process(server, vcpu))
            continue;
        ioreq_server_copy(server, vcpu, &request);
        journal_begin(&role->journal, &request);
        finish_request(role, vcpu);
    }
    poll_uart(role);
    /* The predecessor may have died between a byte and the wake-up for it. */
    uart_service_tell_net_role(role);
}

static bool has_request(const struct uart_role *role, bool or_posted)
{
    unsigned int vcpu;

    if (or_posted && posted_writes_count(&role->server.posted) > 0)
        return true;
    for (vcpu = 0; vcpu < role->server.vcpus; vcpu++)
        if (ioreq_server_is_ready(&role->server, vcpu))
            return true;
    return false;
}

static bool has_work(const struct uart_role *role, bool or_posted)
{
    return has_request(role, or_posted) ||
           client_input_can_run(role, false) ||
           wire_relay_can_send(role) || is_stopping || has_link_message;
}

/* True: a request came. */
static bool look(struct uart_role *role, unsigned int looks)
{
    unsigned int slots = role->server.vcpus > 0 ? role->server.vcpus : 1, i;
    bool or_posted = posted_output_is_urgent(role);

    for (i = 0; i < looks && i < role->arguments->spins; i += slots) {
        if (has_request(role, or_posted)) {
            role->misses = 0;
            return true;
        }
        if (i >= LOOKS_WITHOUT_PAUSE)
            __builtin_ia32_pause();
    }
    return false;
}

/* True: a request came.  A round trip through the event channel and the
 * scheduler takes many times as long as a guest takes to come back.  But who
 * typed waits: for this role, or for the net role, which may have no CPU but
 * this one; no longer than it takes to see whether an interrupt is wanted. */
static bool spin(struct uart_role *role)
{
    if (interrupt_line_is_due(&role->line)) {
        if (look(role, LOOKS_BEFORE_INTERRUPT))
            return true;
        interrupt_line_settle(&role->line);
    }
    if (role->has_answered || client_input_can_run(role, false))
        return false;
    if (role->misses >= MISSES_BEFORE_GIVING_UP) {
        if (role->misses++ < SLEEPS_BETWEEN_TRIALS)
            return false;
        role->misses = MISSES_BEFORE_GIVING_UP - 1;
    }
    if (look(role, role->arguments->spins))
        return true;
    role->misses++;
    return false;
}

/* Until a poll is due, but at most so long, if that is not 0. */
static uint64_t time_left_ns(const struct uart_role *role, uint64_t at_most)
{
    uint64_t now, left;

    if (!role->poll_at_ns)
        return at_most;
    now = now_ns();
    left = role->poll_at_ns > now ? role->poll_at_ns - now : 0;
    return at_most && at_most < left ? at_most : left;
}

/* What has come since the last sleep would end the next one at once: the event
 * of the first request, then one for all that came while it was masked, and
 * that of posted writes. */
static void accept_events(struct uart_role *role)
{
    unsigned int events = role->served < 2 ? role->served : 2;

    if (role->has_posted && !role->server.is_posted_silent)
        events++;
    if (events == 0 && role->has_event)
        events = 1;
    while (events > 0 && ioreq_server_accept_event(&role->server))
        events--;
    role->has_event = false;
    role->served = 0;
}

static void sleep_until_work(struct uart_role *role)
{
    struct pollfd fds[] = {
        { .fd = ioreq_server_fd(&role->server), .events = POLLIN },
        { .fd = role->wake_fd, .events = POLLIN },
        { .fd = ROLE_LINK_FD, .events = POLLIN },
        wire_relay_pollfd(role),
    };
    struct timespec timeout, *wait = NULL;
    uint64_t nap_ns;
    sigset_t none;

    interrupt_line_settle(&role->line);
    accept_events(role);
    if (role->has_token)
        wake_drain(role->wake_fd);
    role->has_token = role->has_answered = false;
    nap_ns = posted_output_nap_ns(role);
    if (role->poll_at_ns || nap_ns) {
        uint64_t left = time_left_ns(role, nap_ns);

        timeout = (struct timespec){ left / 1000000000u, left % 1000000000u };
        wait = &timeout;
    }
    wake_sleep(&role->out_ring.header->uart_sleeps, &role->sleep_count);
    sigemptyset(&none);
    /* Signals are blocked but here, so none can come between the look and
     * the sleep. */
    if (!has_work(role, nap_ns == 0) && ppoll(fds, 4, wait, &none) > 0) {
        role->has_event = fds[0].revents;
        role->has_token = fds[1].revents;
        if (fds[2].revents)
            has_link_message = 1;
    }
    wake_woken(&role->out_ring.header->uart_sleeps);
}

/* By turns: neither clients nor the wire shall have all of the room.  True:
 * the guest has client input, and its interrupt's handler comes soon. */
static bool move_input(struct uart_role *role, bool is_guest_busy)
{
    bool can_run;

    if (role->is_wire_first)
        wire_relay_run(role, is_guest_busy);
    can_run = client_input_can_run(role, is_guest_busy);
    if (can_run) {
        client_input_run(role);
        role->is_wire_first = role->has_typed = true;
        role->misses = 0;
    }
    wire_relay_run(role, is_guest_busy);
    return can_run;
}

/* Signals are taken only between requests; in the spin and service phases
 * this looks whether one is pending, once in a while. */
static void take_signals(void)
{
    static const struct timespec at_once;
    sigset_t none;

    sigemptyset(&none);
    ppoll(NULL, 0, &at_once, &none);
}

static int remove_server(struct uart_role *role)
{
    int rc = ioreq_server_disable(&role->server);

    /* Xen sends nothing new; a vCPU that waits now is answered. */
    posted_output_drain(role);
    uart_service_serve(role);
    interrupt_line_settle(&role->line);
    if (!rc)
        rc = ioreq_server_destroy(&role->server);
    if (rc)
        return rc;
    return role_link_send_type(ROLE_LINK_FD, ROLE_SERVER_GONE);
}

static int handle_link(struct uart_role *role)
{
    struct role_message message;
    int fds[ROLE_LINK_FDS_MAX];

    has_link_message = 0;
    for (;;) {
        switch (role_link_receive(ROLE_LINK_FD, &message, fds)) {
        case ROLE_LINK_EMPTY:
            return 0;
        case ROLE_LINK_CLOSED:
            is_stopping = 1;
            return 0;
        case ROLE_LINK_MESSAGE:
            if (message.type == ROLE_STOP)
                is_stopping = 1;
            if (message.type == ROLE_BREAK)
                client_input_note_break(role);
            if (message.type == ROLE_REMOVE_SERVER) {
                is_stopping = 1;
                return remove_server(role);
            }
        }
    }
}

int uart_service_run(struct uart_role *role)
{
    unsigned int busy = 0;
    bool is_busy = false;
    int rc = 0;

    /* A predecessor's sleeps must not look answered (wake.h). */
    role->sleep_count = (uint32_t)now_ns();
    /* A supervisor that died before this role asked to be told is seen by
     * its closed link. */
    has_link_message = 1;
    recover(role);
    while (!is_stopping && !rc) {
        bool was_busy = is_busy;

        is_busy = uart_service_serve(role);
        /* A vCPU waits: all else comes after it. */
        if (!is_busy && was_busy && spin(role))
            is_busy = uart_service_serve(role);
        if (role->poll_at_ns && now_ns() >= role->poll_at_ns)
            poll_uart(role);
        if (move_input(role, is_busy))
            is_busy = true;
        if (!is_busy)
            sleep_until_work(role);
        else if (++busy % 1024 == 0)
            take_signals();
        if (has_link_message)
            rc = handle_link(role);
    }
    /* A domain's last words, when it is gone already. */
    posted_output_drain(role);
    interrupt_line_settle(&role->line);
    wire_relay_end(role);
    return rc;
}

