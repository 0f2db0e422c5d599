/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_loop.c - the uart role's loop: requests first, then all else, then
 * sleep
 */
#include "uart/uart_loop.h"

#include "shared/role_link.h"
#include "uart/client_input.h"
#include "uart/posted_output.h"
#include "uart/supervisor_link.h"
#include "uart/uart_parts.h"
#include "uart/uart_poll.h"
#include "uart/uart_recovery.h"
#include "uart/uart_requests.h"
#include "uart/uart_sleep.h"
#include "uart/wire_relay.h"

/* A loop that never sleeps asks for signals once in so much work: turns, and
 * byte accesses, of which one request can have a page's worth.  However long a
 * guest's strings are, a message is seen soon. */
#define WORK_BETWEEN_SIGNALS 2048u

/* Gives the guest the input of clients and of the wire, by turns: neither
 * shall have all of the UART's room.  True: the guest was given client input,
 * and its interrupt's handler will come soon. */
static bool move_input(struct uart_role *role, bool is_guest_busy)
{
    bool can_run;

    if (role->relay.is_first)
        wire_relay_run(role, is_guest_busy);
    can_run = client_input_can_run(role, is_guest_busy);
    if (can_run) {
        client_input_run(role);
        role->relay.is_first = true;
        role->sleep.awaits_answer = true;
        role->sleep.misses = 0;
        role->sleep.vain_wakes = 0;
    }
    wire_relay_run(role, is_guest_busy);
    return can_run;
}

static void take_signals(struct uart_role *role)
{
    role->work = 0;
    supervisor_link_take_signals();
}

/* Destroys the ioreq server: the domain lives on without its console. */
static int remove_server(struct uart_role *role)
{
    int rc = ioreq_server_disable(&role->server);

    /* Xen sends nothing new; a vCPU that waits now is answered. */
    posted_output_drain(role);
    uart_requests_serve(role);
    interrupt_line_end(&role->line);
    if (!rc)
        rc = ioreq_server_destroy(&role->server);
    if (rc)
        return rc;
    return role_link_send_type(ROLE_LINK_FD, ROLE_SERVER_GONE);
}

int uart_loop_run(struct uart_role *role)
{
    bool is_busy = false;
    int rc = 0;

    uart_sleep_begin(role);
    /* If the supervisor died before this role asked to be signalled, only the
     * closed link shows it. */
    supervisor_link_expect_message();
    uart_recovery_run(role);
    while (!supervisor_link_says_stop()) {
        bool was_busy = is_busy;

        is_busy = uart_requests_serve(role);
        /* A vCPU waits: all else comes after it. */
        if (!is_busy && was_busy && uart_sleep_spin(role))
            is_busy = uart_requests_serve(role);
        if (uart_poll_is_due(role))
            uart_poll_run(role);
        if (move_input(role, is_busy))
            is_busy = true;
        if (!is_busy)
            uart_sleep_until_work(role);
        else if (++role->work >= WORK_BETWEEN_SIGNALS)
            take_signals(role);
        if (supervisor_link_may_have_message())
            supervisor_link_receive(role);
    }
    if (supervisor_link_says_remove_server())
        rc = remove_server(role);
    /* The domain may be gone already: these are its last words. */
    posted_output_drain(role);
    interrupt_line_tell(&role->line);
    wire_relay_end(role);
    return rc;
}
