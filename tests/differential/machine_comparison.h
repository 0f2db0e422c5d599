/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_comparison.h - mode=passthrough beside the model of the machine's
 * UART: one time for both, what must be equal, and the rows of differences.md
 * by which it need not be
 */
#ifndef TESTS_MACHINE_COMPARISON_H
#define TESTS_MACHINE_COMPARISON_H

#include "differential/side.h"

/* The machine's serial line: does passthrough hear it (wire-in=on), or has it
 * a plug (input=loopback)? */
enum comparison_line { LINE_UNHEARD, LINE_HEARD, LINE_PLUGGED, LINES };

extern const struct side *const ours, *const model;
extern struct comparison {
    enum comparison_line line;
    unsigned long done; /* operations */
    unsigned long sent, edges, time_outs;
} comparison;

/* Both sides have just been opened. */
void comparison_begin(enum comparison_line line);

/* May the two differ as this row of differences.md says?  Its use is counted.
 * refuse_row(): no.  0, or -1 when there is no such row. */
bool row(const char *name);
int refuse_row(const char *name);
void print_rows(void);

/* A difference: prints it with what was done before, and ends the program. */
void differ(const char *what, unsigned int our, unsigned int its);

/* The next operation begins. */
void note(const char *what, unsigned int a, unsigned int b);
void note_result(uint8_t value);

/* Of the model. */
bool is_dlab(void);
bool is_loop(void);
/* Has the device's receiver anything for the guest? */
bool is_heard(void);
/* Has something come in that DLAB hides from passthrough?  Row
 * dlab-receiver. */
bool is_behind(void);

void pass_time(uint64_t ns);
/* Time passes until passthrough has seen all that has happened in the device;
 * until its receiver has timed out, too, if the model's has: row
 * time-out-late. */
void see_all(void);
void await_time_out(void);

/* Where passthrough has seen all, each edge of an access must be the model's.
 * Else the access finds out whether passthrough looks by itself. */
bool is_in_step(void);

/* The interrupt line, and its edges if the two were in step; the bytes on the
 * serial line; what clients have got: value, if the guest has sent it. */
void compare_line(bool was_in_step);
void compare_sent(void);
void compare_ring(bool is_sent, uint8_t value);

#endif
