/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile_acts.h - what a net role, or a uart role, that has fallen does to
 * the guests that other roles serve
 *
 * Each is a process confined as that role is, with what that role has: nothing
 * that it does here is forbidden to it.  It goes on until it is killed.
 */
#ifndef TESTS_TRUST_HOSTILE_ACTS_H
#define TESTS_TRUST_HOSTILE_ACTS_H

#include <sys/types.h>

#include "bench/role_guest.h"

/* What the net role does: indices and bytes in the in rings, sleeps that are
 * none, wake-ups without end, wake-ups taken away. */
enum hostile_what {
    HOSTILE_ALL,   /* by turns */
    HOSTILE_WAKES, /* wakes others as often as it can */
    HOSTILE_THIEF, /* takes wake-ups away as often as it can */
};

/* Each starts the process, or returns -1; end it by hostile_acts_end(). */
pid_t hostile_net_start(struct role_guest *guests, unsigned int count,
                        enum hostile_what what, unsigned int seed);
/* In the place of the uart role of the console `own`, which is killed. */
pid_t hostile_uart_start(struct role_guest *own, enum hostile_what what,
                         unsigned int seed);

/* Whether it was at work until now. */
bool hostile_acts_end(pid_t pid);

#endif
