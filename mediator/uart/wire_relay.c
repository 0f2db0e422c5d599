/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_relay.c - moves bytes between the UART and the tty of wire=, one a step
 */
#include "uart/wire_relay.h"

#include <unistd.h>

#include "shared/role_link.h"
#include "uart/uart_parts.h"
#include "uart/uart_poll.h"
#include "uart/uart_receiver.h"
#include "uart/uart_step.h"

#define BYTES_AT_ONCE 16u
/* A guest that polls LSR shall not cost a system call at each turn: after one
 * that found the tty silent this many turns do without. */
#define SKIPS 7u

static bool is_waiting(const struct uart_role *role)
{
    return uart_wire_is_waiting(&role->uart, journal_current(&role->journal));
}

void wire_relay_begin(struct uart_role *role)
{
    struct journal *journal = &role->journal;

    if (!role->uart.wire)
        return;
    if (journal->is_device_in_doubt) {
        uart_step_begin(role);
        uart_wire_settle(&role->uart);
        /* A request that is under way stays under way. */
        journal_commit(journal, journal_units_done(journal));
    }
    uart_step_begin(role);
    uart_wire_apply(&role->uart);
    atomic_store(&role->out_ring.header->report.has_wire,
                 !role->wire.tty.is_lost);
}

/* Each byte has a step of its own: a death leaves one byte in doubt. */
static void send_some(struct uart_role *role)
{
    struct wire_tty *tty = &role->wire.tty;
    unsigned int i;

    for (i = 0; i < BYTES_AT_ONCE && is_waiting(role); i++) {
        if (!wire_tty_can_put(tty) && !tty->is_lost)
            return;
        uart_step_begin(role);
        role->uart.ops->send_to_wire(&role->uart);
        uart_step_end(role);
    }
}

static void receive_some(struct uart_role *role)
{
    unsigned int i;

    for (i = 0; i < BYTES_AT_ONCE && uart_step_receive_room(role) > 0; i++) {
        if (!wire_tty_can_take(&role->wire.tty))
            break;
        uart_step_begin(role);
        role->uart.ops->receive_from_wire(&role->uart);
        uart_step_end(role);
    }
    role->relay.skips = i > 0 ? 0 : SKIPS;
    if (i > 0)
        role->relay.is_first = false;
    uart_poll_schedule(role);
}

static bool may_receive(struct uart_role *role, bool is_guest_busy)
{
    if (!is_guest_busy)
        return true;
    if (!uart_receiver_is_waited_for(journal_current(&role->journal)))
        return false;
    if (role->relay.skips == 0)
        return true;
    role->relay.skips--;
    return false;
}

static void tell_loss(struct uart_role *role)
{
    if (role->relay.is_loss_told)
        return;
    role->relay.is_loss_told = true;
    atomic_store(&role->out_ring.header->report.has_wire, 0);
    role_link_send_type(ROLE_LINK_FD, ROLE_WIRE_LOST);
}

void wire_relay_take(struct uart_role *role, int fd)
{
    struct uart_wire *wire = role->uart.wire;

    /* A role that was started anew may have found it before the supervisor
     * did. */
    if (!wire || !wire->tty.is_lost) {
        close(fd);
        return;
    }
    role->relay.is_loss_told = false;
    if (!wire_tty_take_over(&wire->tty, fd, &role->journal.page->wire_before))
        return; /* as if it had come and gone */
    wire->is_told = false;
    wire->has_break = false; /* a tty that was just opened sends none */
    /* Of what the lost one was about to tell, the rest never comes; and what
     * the guest wrote meanwhile is not for this one. */
    uart_step_begin(role);
    uart_wire_begin(&role->uart);
    uart_step_end(role);
    atomic_store(&role->out_ring.header->report.has_wire, 1);
}

void wire_relay_run(struct uart_role *role, bool is_guest_busy)
{
    if (!role->uart.wire)
        return;
    send_some(role);
    if (may_receive(role, is_guest_busy))
        receive_some(role);
    if (role->wire.tty.is_lost)
        tell_loss(role);
}

bool wire_relay_can_send(const struct uart_role *role)
{
    const struct wire_tty *tty = &role->wire.tty;

    return is_waiting(role) && (tty->is_lost || !tty->is_full);
}

struct pollfd wire_relay_pollfd(const struct uart_role *role)
{
    struct pollfd wanted = { .fd = -1 };

    if (!role->uart.wire)
        return wanted;
    if (is_waiting(role))
        wanted.events |= POLLOUT;
    if (uart_step_receive_room(role) > 0)
        wanted.events |= POLLIN;
    /* poll() tells of a tty that is hung up even when no event is wanted, and
     * that would end each sleep at once. */
    if (wanted.events)
        wanted.fd = role->wire.tty.fd;
    return wanted;
}

void wire_relay_end(struct uart_role *role)
{
    const struct wire_tty *tty = &role->wire.tty;

    while (is_waiting(role) && tty->fd >= 0 && !tty->is_full)
        send_some(role);
}
