/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * processors.h - runs a function on the other processors, which then stop
 *
 * They have no interrupts and no IDT: an exception on one of them ends the
 * guest.
 */
#ifndef GUEST_PROCESSORS_H
#define GUEST_PROCESSORS_H

#include <stdbool.h>
#include <stdint.h>

#define PROCESSORS_MAX 8 /* the first one among them */

/* Starts the others, which call run(1), run(2), ..., and waits until `count`
 * of them have started.  Returns false when not so many have within ms.
 * processors_wait() must follow. */
bool processors_run(void (*run)(unsigned int processor), unsigned int count,
                    uint32_t ms);

/* Waits until run() has returned on all of them.  Returns false when it has
 * not within ms. */
bool processors_wait(uint32_t ms);

#endif
