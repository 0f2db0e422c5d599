/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_consoles.h - all consoles of the net role: which there are, and what is
 * done to each of them before and after the role sleeps
 */
#ifndef MEDIATOR_NET_CONSOLES_H
#define MEDIATOR_NET_CONSOLES_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/role_link.h"

/* How long clients of a removed console may take for what is left. */
#define NET_REMOVE_SECONDS 10

/* To be called before the first console is added: clients in dom0 are waited
 * for by this loop. */
void net_consoles_init(struct ev_loop *loop);

/* What a ROLE_ADD_CONSOLE says, with its three descriptors (out ring, in
 * ring, the uart role's FIFO), which are taken over, and become -1 in fds, on
 * failure too.  Returns 0, or -1 with a message logged. */
int net_consoles_add(const struct role_message *message, int *fds);

/* The console, or all of them, stop listening at once.  Their clients are
 * sent what is left and closed, with a reset for those that have not taken it
 * after so many seconds. */
int net_consoles_remove(uint32_t number, uint8_t seconds);
void net_consoles_remove_all(uint8_t seconds);

/* What a ROLE_GUEST says. */
void net_consoles_set_guest(const struct role_message *message);

/* What a ROLE_BREAK asks for.  Returns NULL, or why it was not done. */
const char *net_consoles_break(uint32_t number);

/* What a ROLE_ADD_LOCAL says, with its descriptor, which is taken over, and
 * becomes -1 in fds, on failure too.  There is no answer: a client that is
 * not served finds its descriptor closed. */
void net_consoles_add_local(const struct role_message *message, int *fds);

/* After net_consoles_remove_all(): whether all clients have got everything. */
bool net_consoles_are_done(void);

/* Sends what is unsent.  Consoles that had something since their last flush
 * had different amounts of it; the largest is returned, in bytes. */
uint64_t net_consoles_flush(void);

/* The same, of those consoles only that can fill a segment. */
void net_consoles_flush_full(void);

/* Of the consoles whose clients have typed since their last flush: whether
 * one has something unsent. */
bool net_consoles_owe_answer(void);

/* Sends that.  Returns whether there was any. */
bool net_consoles_answer(void);

/* Goes on with input for which there was no room. */
void net_consoles_resume_input(void);

/* Asks the uart roles to wake us.  Returns false when a console has something
 * to do already, so that sleeping would be wrong; then no uart role is asked,
 * and a timer should be set instead. */
bool net_consoles_sleep(void);
void net_consoles_woken(void);

/* Looks for clients that are gone while nothing is read from them, and for
 * those whose time is up.  To be called each second. */
void net_consoles_check(void);

#endif
