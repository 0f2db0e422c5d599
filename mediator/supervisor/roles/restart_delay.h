/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * restart_delay.h - how long the supervisor waits before it starts a role
 * again
 *
 * A role that dies once is started again at once, or almost.  One that dies
 * again and again is given longer and longer pauses, wherever it dies: also
 * one that says READY each time and dies at the first request.  Only seconds
 * of service make the next death a first one.
 */
#ifndef MEDIATOR_RESTART_DELAY_H
#define MEDIATOR_RESTART_DELAY_H

#define RESTART_DELAY_MAX 5.0 /* seconds */

/* After how many seconds since READY a role has served well. */
#define RESTART_DELAY_SERVED 3.0

struct restart_delay {
    double first, second;  /* the pauses after two failures, in seconds;
                            * each further one doubles the second */
    unsigned int failures; /* since the role served well */
    double ready_at;       /* CLOCK_MONOTONIC, in seconds; 0 while the role is
                            * not ready */
};

/* The role is at work. */
void restart_delay_note_ready(struct restart_delay *delay);

/* The role died, or could not be started.  Returns for how many seconds it is
 * not to be started. */
double restart_delay_after_failure(struct restart_delay *delay);

/* The next failure is a first one. */
void restart_delay_forget(struct restart_delay *delay);

#endif
