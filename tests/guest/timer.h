/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer.h - the time: a TSC calibrated against channel 2 of the PIT, and naps
 *
 * Channel 0 of the PIT (IRQ 0) is armed for naps only, one shot each, so that no
 * timer interrupt falls into a test.
 */
#ifndef GUEST_TIMER_H
#define GUEST_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Calibrates; then tries whether a nap ends (interrupts must be on). */
void timer_start(void);

uint32_t timer_ticks_per_ms(void);
/* False: nobody delivers IRQ 0, and naps are spent busy. */
bool timer_has_interrupt(void);

uint64_t timer_us(uint64_t ticks);
void timer_spin_us(uint32_t us);

/* HLT until the next interrupt, for ms (at most 50) milliseconds at most. */
void timer_nap(unsigned int ms);
void timer_sleep_ms(uint32_t ms);

/* A moment after which waiting makes no sense any more. */
struct deadline {
    uint64_t tsc;
    bool is_never;
};
/* ms = 0: never. */
struct deadline deadline_in_ms(uint32_t ms);
bool deadline_is_over(const struct deadline *deadline);

#endif
