/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_role.h - the parts of the uart role, which the files that are the role
 * share
 *
 * uart_role.c opens them all; uart_loop.c then goes round.  From the loop
 * downwards, each file uses those below it only:
 *
 *     uart_loop          the turns
 *     uart_sleep         looking, sleeping, napping
 *     uart_recovery      what a predecessor left
 *     supervisor_link    signals and messages
 *     uart_requests      what a vCPU waits for
 *     client_input, wire_relay, posted_output
 *                        what else changes the UART
 *     uart_poll, uart_step, uart_publish
 *                        a change of the UART's state, and who is told of it
 */
#ifndef MEDIATOR_UART_ROLE_H
#define MEDIATOR_UART_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/in_ring.h"
#include "shared/out_ring.h"
#include "shared/wake.h"
#include "uart/guest_memory.h"
#include "uart/interrupt_line.h"
#include "uart/ioreq_server.h"
#include "uart/journal.h"
#include "uart/machine_ports.h"
#include "uart/port_access.h"
#include "uart/uart.h"
#include "uart/uart_arguments.h"
#include "uart/uart_poll.h"
#include "uart/uart_sleep.h"
#include "uart/uart_wire.h"
#include "uart/wire_relay.h"

struct uart_role {
    const struct uart_arguments *arguments;

    /* The guest, as Xen shows it. */
    struct ioreq_server server;
    struct guest_memory memory;
    struct interrupt_line line;
    struct port_access access;
    bool is_server_new;      /* this process created the server */
    bool is_serving;         /* the guest's accesses may have come here */

    /* The UART, and what it works on. */
    struct uart uart;
    struct machine_ports machine;
    struct uart_wire wire;
    struct journal journal;
    struct out_ring out_ring;
    struct in_ring in_ring;
    bool is_input_refused;   /* the in ring's index made no sense once */

    struct uart_poll poll;
    struct wire_relay relay;
    struct uart_sleep sleep;

    struct waker net;        /* the net role's FIFO */
    uint64_t published_head; /* of the out ring: the net role was woken for
                              * all bytes before it */
};

/* The role from its start to its end, with uart_arguments.h's command line.
 * Returns an exit status; the supervisor was told of an error. */
int uart_role_main(int argc, char **argv);

#endif
