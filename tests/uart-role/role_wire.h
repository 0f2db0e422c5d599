/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_wire.h - tests of the uart role with a tty as its wire: a pty, whose
 * other side is the test, which also holds the tty open as the supervisor
 * does
 */
#ifndef ROLE_WIRE_H
#define ROLE_WIRE_H

#include "uart-role/role_test.h"

#define WIRE_STREAM_BYTES (64u << 10)

/* One wire at a time. */
struct role_wire {
    int other; /* its other side; not blocking */
    int held;
    char argument[80];
    uint8_t came[WIRE_STREAM_BYTES]; /* to the other side */
    size_t came_bytes;
    uint8_t sent[WIRE_STREAM_BYTES]; /* what the guest wrote */
    size_t sent_bytes;
};

extern struct role_wire role_wire;

int role_wire_begin(void **state);
int role_wire_end(void **state);

#define ROLE_WIRE_TEST(name) \
    cmocka_unit_test_setup_teardown(name, role_wire_begin, role_wire_end)

/* After a kill. */
int start_successor(struct role_test *test);

/* Adds what is there to role_wire.came. */
void read_wire(void);
/* As many bytes as were sent, and the same. */
void assert_all_came(void);

/* It takes nothing, or takes it again. */
void stall_role_wire(bool is_stalled);

/* Whatever LSR says. */
void guest_writes(struct role_test *test, uint8_t byte);
void guest_writes_random(struct role_test *test, unsigned int count);
void guest_writes_rep(struct role_test *test, unsigned int count);

#endif
