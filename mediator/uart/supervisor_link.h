/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisor_link.h - what the supervisor says to the uart role, and when
 * the role hears it
 *
 * Messages come by the link (role_link.h) and SIGUSR1 announces them; SIGTERM
 * and SIGINT say "stop", too.  The signals are blocked, and taken between
 * requests only: a request that was begun is answered.
 */
#ifndef MEDIATOR_SUPERVISOR_LINK_H
#define MEDIATOR_SUPERVISOR_LINK_H

#include <stdbool.h>

struct uart_role;

/* Blocks the signals.  Early in start-up. */
int supervisor_link_prepare_signals(void);

/* Takes a signal that is pending. */
void supervisor_link_take_signals(void);

/* Tells the supervisor of the ioreq server that was created and waits for its
 * go-ahead.  -1: there will be none; nothing has used the server yet. */
int supervisor_link_announce_server(struct uart_role *role);

/* The link may hold a message, or be closed: to be received in the loop. */
void supervisor_link_expect_message(void);
bool supervisor_link_may_have_message(void);

/* Receives all messages that there are and does what they say, but for
 * stopping and removing the server, which the loop does. */
void supervisor_link_receive(struct uart_role *role);

/* Is the role to end?  Is it to destroy its ioreq server then? */
bool supervisor_link_says_stop(void);
bool supervisor_link_says_remove_server(void);

#endif
