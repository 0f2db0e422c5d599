/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_role.h - the parts of the uart role, shared by the files that are the
 * role: uart_role.c starts it, uart_loop.c is its loop; client_input.c is
 * what the loop does with clients' input, wire_relay.c and posted_output.c
 * what it does for a console with wire=, and on a Xen that posts writes
 */
#ifndef MEDIATOR_UART_ROLE_H
#define MEDIATOR_UART_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "uart/guest_memory.h"
#include "shared/in_ring.h"
#include "uart/interrupt_line.h"
#include "uart/ioreq_server.h"
#include "uart/journal.h"
#include "uart/machine_ports.h"
#include "shared/out_ring.h"
#include "uart/port_access.h"
#include "uart/uart.h"
#include "uart/uart_arguments.h"
#include "uart/uart_wire.h"
#include "shared/wake.h"

struct uart_role {
    const struct uart_arguments *arguments;
    struct ioreq_server server;
    struct guest_memory memory;
    struct machine_ports machine;
    struct journal journal;
    struct out_ring out_ring;
    struct in_ring in_ring;
    bool is_server_new;     /* created by this process */
    bool is_serving;        /* the guest's accesses may have come here */
    struct uart uart;
    struct interrupt_line line;
    struct uart_wire wire;
    struct port_access access;
    struct waker net;       /* the net role's FIFO */
    int wake_fd;            /* our own FIFO */
    uint32_t sleep_count;
    bool is_input_refused;  /* the in ring lied once */
    bool is_loss_told;      /* of the wire */
    bool is_wire_first;     /* of those who have input: it is its turn */
    unsigned int wire_skips; /* left out looks at a wire that is silent */
    uint64_t signalled_head; /* of the out ring: bytes the net role may not
                              * know of begin here */
    bool has_posted;        /* posted writes came since the last nap */
    bool has_event;         /* the kernel has one that was not accepted yet */
    unsigned int served;    /* requests, since the last sleep */
    bool has_token;         /* our FIFO was not emptied yet */
    bool has_typed;         /* the guest has input: what comes next answers */
    bool has_answered;      /* since the last sleep */
    unsigned int misses;    /* fruitless looks for a next request, in a row */
    uint64_t poll_at_ns;    /* when uart.ops->poll is due; 0: never */
    uint64_t scheduled_ns;  /* the interval by which that was worked out */
};

/* The role from its start to its end, with uart_arguments.h's command line.
 * Returns an exit status; the supervisor was told of an error. */
int uart_role_main(int argc, char **argv);

/* Blocks the signals by which the supervisor calls (SIGTERM: stop; SIGUSR1:
 * read the link); the loop takes them between requests.  Early in start-up. */
int uart_service_prepare_signals(void);

/* Serves until told to stop.  Everything is open and confined. */
int uart_service_run(struct uart_role *role);

/* One turn of that: what the guest posted and what it waits for.  False:
 * it waited for nothing. */
bool uart_service_serve(struct uart_role *role);

/* Around what happens to the UART outside of a request: a copy of its state
 * to work on, and that committed: either way, but behind the first a rise of
 * the interrupt line may wait for the guest's next access. */
struct uart_state *uart_service_begin_step(struct uart_role *role);
void uart_service_commit_step(struct uart_role *role);
void uart_service_end_step(struct uart_role *role);

/* The UART may have become due earlier. */
void uart_service_schedule_poll(struct uart_role *role);

/* There may be more in the out ring. */
void uart_service_tell_net_role(struct uart_role *role);

#endif
