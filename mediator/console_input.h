/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_input.h - what a client types, on its way into the in ring
 *
 * A byte is acknowledged to TCP (tcp_recved) when it is in the ring.  Those
 * for which there is no room are held, at most one window of them: the
 * client's window closes, and nobody's memory grows.
 */
#ifndef MEDIATOR_CONSOLE_INPUT_H
#define MEDIATOR_CONSOLE_INPUT_H

#include <stdbool.h>
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

/* Goes on with what is held, if the ring is half empty at least.  To be
 * called before each sleep. */
void console_input_resume(struct console_server *console);

/* Whether a client's bytes wait and could go on: sleeping would be wrong. */
bool console_input_can_resume(const struct console_server *console);

#endif
