/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * processors.h - the other processors: they run one function and stop
 *
 * They have no interrupts and no IDT: an exception there ends the guest.
 */
#ifndef GUEST_PROCESSORS_H
#define GUEST_PROCESSORS_H

#include <stdbool.h>
#include <stdint.h>

#define PROCESSORS_MAX 8 /* with the first one */

/* Starts the others, each with run(1), run(2), ..., and waits until `count` of
 * them have come.  False: not so many within ms.  processors_wait() must follow. */
bool processors_run(void (*run)(unsigned int processor), unsigned int count,
                    uint32_t ms);

/* Until all of them came back.  False: not within ms. */
bool processors_wait(uint32_t ms);

#endif
