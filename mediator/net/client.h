/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.h - what a client types, on its way into the in ring
 *
 * A byte is acknowledged to TCP (tcp_recved) when it is in the ring.  Those
 * for which there is no room are held, at most one window of them: the
 * client's window closes, and nobody's memory grows.  client_fd.h is the
 * same without TCP.
 */
#ifndef MEDIATOR_CONSOLE_INPUT_H
#define MEDIATOR_CONSOLE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net_limits.h"

struct console_client;
struct console_server;
struct pbuf;

struct console_input {
    uint16_t at, bytes; /* held[at] to held[at + bytes - 1] wait */
    uint8_t held[NET_WINDOW_BYTES];
};

/* Takes over p.  False: more came than the window allows, which lwIP keeps
 * from happening; the connection cannot be believed any more. */
bool console_input_received(struct console_client *client, struct pbuf *p);

/* Is anything done with what this console's clients type? */
bool console_input_is_heard(const struct console_server *console);

/* Of all clients, what they hold.  The console is being removed: its ring may be
 * a successor's soon, who must not get what was typed for this one. */
void console_input_discard(struct console_server *console);

/* For clients of every kind.  Puts what fits into the in ring, wakes the uart
 * role and returns how many; a client holds the rest and reads no more. */
size_t console_input_write(struct console_server *console,
                           const uint8_t *bytes, size_t count);

/* After a client began to hold bytes, or holds none any more: the uart role
 * wakes us for room only while somebody does. */
void console_input_update(struct console_server *console);

/* Goes on with what is held, if the ring is half empty at least.  To be
 * called before each sleep. */
void console_input_resume(struct console_server *console);

/* Whether a client's bytes wait and could go on: sleeping would be wrong. */
bool console_input_can_resume(const struct console_server *console);

#endif
