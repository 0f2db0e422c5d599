/* SPDX-License-Identifier: BSD-2-Clause */
/* restart_delay.c - how long a role that died is not started again */
#include "supervisor/roles/restart_delay.h"

#include <time.h>

#define DOUBLINGS_MAX 16 /* more than RESTART_DELAY_MAX ever takes */

/* Not the loop's time, which jumps when dom0's clock is set. */
static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

void restart_delay_note_ready(struct restart_delay *delay)
{
    delay->ready_at = seconds();
}

double restart_delay_after_failure(struct restart_delay *delay)
{
    unsigned int doublings;
    double pause;

    if (delay->ready_at > 0 &&
        seconds() - delay->ready_at >= RESTART_DELAY_SERVED)
        delay->failures = 0;
    delay->ready_at = 0;
    if (delay->failures < DOUBLINGS_MAX)
        delay->failures++;
    if (delay->failures == 1)
        return delay->first;
    doublings = delay->failures - 2;
    pause = delay->second * (1u << doublings);
    return pause < RESTART_DELAY_MAX ? pause : RESTART_DELAY_MAX;
}

void restart_delay_forget(struct restart_delay *delay)
{
    delay->failures = 0;
    delay->ready_at = 0;
}
