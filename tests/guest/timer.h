/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer.h - time by the TSC, calibrated against channel 2 of the PIT, and naps
 *
 * Channel 0 of the PIT (IRQ 0) is armed for naps only, for one interrupt each,
 * so that no timer interrupt comes in the middle of a test.
 */
#ifndef GUEST_TIMER_H
#define GUEST_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Calibrates the TSC, and then tries whether a nap ends.  Interrupts must be
 * on. */
void timer_start(void);

uint32_t timer_ticks_per_ms(void);

/* Whether IRQ 0 is delivered.  If not, a nap is a busy wait. */
bool timer_has_interrupt(void);

uint64_t timer_us(uint64_t ticks);
void timer_spin_us(uint32_t us);

/* Halts until the next interrupt, for ms milliseconds at most; ms is at most
 * 50. */
void timer_nap(unsigned int ms);
void timer_sleep_ms(uint32_t ms);

/* A moment until which something is waited for. */
struct deadline {
    uint64_t tsc;
    bool is_never;
};

/* With ms = 0 it is never over. */
struct deadline deadline_in_ms(uint32_t ms);
bool deadline_is_over(const struct deadline *deadline);

#endif
