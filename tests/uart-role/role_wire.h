/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_wire.h - tests of the uart role with a tty as its wire
 *
 * The tty is a pty.  The test is its other side, and also holds the tty open,
 * as the supervisor does.
 */
#ifndef ROLE_WIRE_H
#define ROLE_WIRE_H

#include "uart-role/role_test.h"

#define WIRE_STREAM_BYTES (64u << 10)

/* There is one wire at a time. */
struct role_wire {
    int other; /* the pty's other side; does not block */
    int held;  /* the tty, held open */
    char path[128];     /* a link to the tty */
    char argument[160]; /* wire=, for the role */
    uint8_t came[WIRE_STREAM_BYTES]; /* what came to the other side */
    size_t came_bytes;
    uint8_t sent[WIRE_STREAM_BYTES]; /* what the guest wrote */
    size_t sent_bytes;
};

extern struct role_wire role_wire;

int role_wire_begin(void **state);
int role_wire_end(void **state);

#define ROLE_WIRE_TEST(name) \
    cmocka_unit_test_setup_teardown(name, role_wire_begin, role_wire_end)

/* The tty is pulled out: hung up, and its name leads nowhere.  Then another is
 * there under that name, which the supervisor gives to the role. */
void pull_role_wire(void);
void plug_role_wire(struct role_test *test);

/* Starts a successor of a role that was killed. */
int start_successor(struct role_test *test);

/* Reads what is there, and adds it to role_wire.came. */
void read_wire(void);
/* Waits until as many bytes have come as were sent, and asserts that they are
 * the same. */
void assert_all_came(void);

/* The tty takes nothing any more, or takes it again. */
void stall_role_wire(bool is_stalled);

/* The guest writes bytes without reading LSR; the last one by rep outs. */
void guest_writes(struct role_test *test, uint8_t byte);
void guest_writes_random(struct role_test *test, unsigned int count);
void guest_writes_rep(struct role_test *test, unsigned int count);

#endif
