/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_parts.h - the parts of the uart role, which the files that are the role
 * share
 *
 * uart_role.c opens them all; uart_loop.c then goes round.  From the role
 * downwards, each file uses those below it only:
 *
 *     uart_role          start and end
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
#ifndef MEDIATOR_UART_PARTS_H
#define MEDIATOR_UART_PARTS_H

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
#include "uart/uart_wire.h"

/* When the UART is polled: uart_poll.h. */
struct uart_poll {
    uint64_t at_ns;       /* when the next poll is due; 0: there is none */
    uint64_t interval_ns; /* the UART's wish by which that was worked out */
    uint64_t ran_at_ns;   /* when it was last polled; 0: by nobody yet */
};

/* Bytes to and from the tty of wire=: wire_relay.h. */
struct wire_relay {
    bool is_loss_told;  /* the supervisor knows that the tty is gone */
    bool is_first;      /* clients' input was taken last: the wire's is next */
    unsigned int skips; /* turns that still leave the tty's input alone, since
                         * it was found silent */
};

/* What a sleep must know: uart_sleep.h. */
struct uart_sleep {
    int wake_fd;         /* our own FIFO: wake.h */
    uint32_t count;      /* of sleeps, for wake.h */
    unsigned int misses; /* times in a row that looking found no request */
    bool has_event;      /* an event ended the last sleep: accept it */
    bool has_token;      /* our FIFO ended the last sleep: empty it */
    unsigned int vain_wakes; /* times in a row that the FIFO ended a sleep and
                              * there was nothing for the guest */

    /* Noted where it happens, forgotten by the sleep. */
    unsigned int served; /* requests answered since the last sleep */
    bool has_posted;     /* posted writes were consumed since the last nap */
    bool has_answered;   /* the guest has put out something since the last
                          * sleep, after awaits_answer */

    /* The guest was given a client's input and has put out nothing since:
     * what it puts out next is what that client waits for. */
    bool awaits_answer;
};

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

    uint64_t work;           /* turns and byte accesses since the loop asked
                              * for signals; it starts anew there */
    struct uart_poll poll;
    struct wire_relay relay;
    struct uart_sleep sleep;

    struct waker net;        /* the net role's FIFO */
    uint64_t published_head; /* of the out ring: the net role was woken for
                              * all bytes before it */
};

#endif
