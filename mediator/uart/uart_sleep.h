/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_sleep.h - what the uart role does while there is nothing to serve: it
 * looks for the next request for a while, and then sleeps until an event, its
 * FIFO, the tty of wire=, the supervisor or the next poll wakes it
 */
#ifndef MEDIATOR_UART_SLEEP_H
#define MEDIATOR_UART_SLEEP_H

#include <stdbool.h>
#include <stdint.h>

struct uart_role;

struct uart_sleep {
    int wake_fd;         /* our own FIFO: wake.h */
    uint32_t count;      /* of sleeps, for wake.h */
    unsigned int misses; /* times in a row that looking found no request */
    bool has_event;      /* an event ended the last sleep: accept it */
    bool has_token;      /* our FIFO ended the last sleep: empty it */

    /* Noted by those who do it, forgotten by the sleep. */
    unsigned int served; /* requests answered since the last sleep */
    bool has_posted;     /* posted writes were consumed since the last nap */
    bool has_answered;   /* the guest has put out something since the last
                          * sleep, after awaits_answer */

    /* The guest was given a client's input and has put out nothing since:
     * what it puts out next is what that client waits for. */
    bool awaits_answer;
};

/* Before the first sleep. */
void uart_sleep_begin(struct uart_role *role);

/* There was a request, and now there is none.  Looks for the next one where
 * that pays, and tells Xen of the interrupt line when the guest has had its
 * time to make that needless.  True: a request came. */
bool uart_sleep_spin(struct uart_role *role);

/* Returns when there may be work, or at once when there is some. */
void uart_sleep_until_work(struct uart_role *role);

#endif
