/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_tcp.h - one TCP client of one console
 *
 * A client has its own cursor into the out ring and takes nothing from the
 * others: neither time, nor memory, nor their place in the history.  What it
 * sends goes to the guest (client.h), unless the console is access=ro.
 *
 * A client that closed its sending half (`echo | nc -N`) still gets output,
 * until it resets the connection or stops answering.
 */
#ifndef MEDIATOR_CONSOLE_CLIENT_H
#define MEDIATOR_CONSOLE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/tcp.h"

#include "net/client.h"
#include "net/client_reader.h"

struct console_server;

struct console_client {
    struct tcp_pcb *pcb;            /* NULL: a free place */
    struct console_server *console; /* NULL: refused, being told so */
    struct console_client *next;    /* of the same console */
    struct console_reader reader;
    uint64_t close_at;              /* cursor at which to close */
    uint64_t seniority;             /* who came, or half-closed, first */
    uint8_t seconds_left;           /* to close in; 0 when not closing */
    bool is_blocked;                /* TCP takes no more: `sent` goes on */
    bool is_half_closed;            /* sent its FIN */
    bool is_finished;               /* we sent ours */
    struct console_input input;
};

/* lwIP's accept callback; argument is the console.  With all places taken it
 * tells the client so and closes. */
err_t console_client_accept(void *argument, struct tcp_pcb *pcb, err_t error);

/* Hands to TCP what is in the ring and TCP has room for.  A full buffer is
 * remembered, and the rest follows when the client has acknowledged. */
void console_client_send(struct console_client *client);

/* The rest of the ring, then FIN; a reset after so many seconds. */
void console_client_close(struct console_client *client, uint8_t seconds);

/* Whether the client has acknowledged everything, our FIN included. */
bool console_client_is_done(const struct console_client *client);

/* How many are connected, over all consoles; and how many were told that
 * there is no room. */
unsigned int console_client_count(void);
uint64_t console_client_refusals(void);

#endif
