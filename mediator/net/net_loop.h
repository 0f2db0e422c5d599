/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_loop.h - the net role's event loop: when it takes in frames, when it
 * sends what guests wrote, and when it sleeps
 *
 * Before each sleep, in this order: answers to clients that typed, lwIP's
 * timers, input that waited, consoles that can fill a segment, frames out.
 * Then either the flush timer runs, 1 ms from the first unsent byte on (up to
 * 4 ms in a stream), or the uart roles are asked to wake us.  Where it is the
 * timer that wakes us each few ms, the card does not.  In any case we look at
 * the card each second.
 */
#ifndef MEDIATOR_NET_LOOP_H
#define MEDIATOR_NET_LOOP_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "net/net_card.h"

struct net_loop {
    struct net_card *card;
    int wake_fd; /* the FIFO by which uart roles wake us */
    int exit_status;
    bool is_stopping;
    bool has_token;     /* the FIFO has not been emptied yet */
    bool has_interrupt; /* the card's, which has not been ended yet */

    struct ev_loop *ev;
    ev_io nic_io, nic_link_io, wake_io;
    ev_timer flush_timer, lwip_timer, stop_timer;
    double flush_seconds; /* the flush timer's last interval, or the one that
                           * it is in */
    ev_prepare prepare;
    ev_check check;
    ev_signal terminate;
};

/* What libev needs of Linux, for confine(). */
extern const int net_loop_syscalls[];
extern const size_t net_loop_syscall_count;

/* Watches the card, which net_card_start() has started, and the FIFO.
 * Returns 0, or -1 with a message logged. */
int net_loop_start(struct net_loop *loop, struct net_card *card, int wake_fd);

/* Runs until somebody has called net_loop_stop() and the clients have got
 * what was theirs, or the card is gone.  Returns what the process is to exit
 * with. */
int net_loop_run(struct net_loop *loop);

/* Takes in the frames that the card has already, before something that is to
 * come behind what clients have sent. */
void net_loop_take_frames(struct net_loop *loop);

/* All consoles are removed, and the loop ends soon. */
void net_loop_stop(struct net_loop *loop);

#endif
