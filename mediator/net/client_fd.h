/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_fd.h - a client in dom0: mediatorctl attach, or a pty's reader
 *
 * The supervisor hands over its descriptor; from then on it is one client of
 * a console among others, with a cursor of its own.  Nothing here blocks, and
 * all of it is bounded: output that a client does not take stays in the ring,
 * input for which the in ring has no room is held, one read of it.
 */
#ifndef MEDIATOR_LOCAL_CLIENT_H
#define MEDIATOR_LOCAL_CLIENT_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/attach_protocol.h"
#include "net/client_reader.h"

#define LOCAL_ATTACHED_MAX 64 /* over all consoles; beside a pty each */

struct console_server;
struct role_message;

struct local_client {
    struct console_server *console; /* NULL: a free place */
    struct local_client *next;      /* of the same console */
    struct console_reader reader;
    ev_io input, output; /* output: while there is more than it takes */
    bool is_pty;         /* bytes; otherwise attach_protocol.h */
    bool is_read_only;
    bool is_broken;      /* about to be forgotten */
    uint8_t notice_at, notice_bytes; /* what a pty has not taken of it */
    char notice[CONSOLE_NOTICE_BYTES_MAX];
    uint16_t held_at, held_bytes;    /* wait for room in the in ring */
    uint8_t held[ATTACH_INPUT_MAX];
};

/* Before the first client. */
void local_clients_init(struct ev_loop *loop);

/* What a ROLE_ADD_LOCAL says; takes over fd. */
void local_client_add(struct console_server *console, int fd,
                      const struct role_message *message);

/* Sends what its clients take now, and lets go of them. */
void local_clients_close(struct console_server *console);

/* Each second: who is gone while nothing is read from him. */
void local_clients_check(void);

/* For net_console.c and client.c: hands on what is in the ring, as
 * far as it is taken; is there a client that waits for the guest's next byte;
 * does one hold bytes; and go on with those. */
void local_clients_send(struct console_server *console);
bool local_clients_listen(const struct console_server *console);
bool local_clients_hold(const struct console_server *console);
void local_clients_resume(struct console_server *console);

#endif
