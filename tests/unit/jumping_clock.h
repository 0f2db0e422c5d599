/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jumping_clock.h - a time of day that a test sets, as an operator or NTP does
 *
 * jumping_clock.c replaces libc's functions in the programs that it is part
 * of.  They all go by the same time: that of the test which began it, or of
 * the file of 8 bytes, the seconds, that environment XSM_CLOCK names.
 */
#ifndef TESTS_UNIT_JUMPING_CLOCK_H
#define TESTS_UNIT_JUMPING_CLOCK_H

#include <stdint.h>

#define JUMPING_CLOCK_DAY INT64_C(86400)

/* For this process and those that it starts.  0, or -1 with errno. */
int jumping_clock_begin(void);

/* How many seconds the time of day is ahead of the machine's. */
void jumping_clock_set(int64_t seconds);

#endif
