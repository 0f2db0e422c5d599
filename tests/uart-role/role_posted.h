/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_posted.h - what tests of posted writes do with a role and a guest
 */
#ifndef ROLE_POSTED_H
#define ROLE_POSTED_H

#include "fake-xen/fake_posted.h"
#include "uart-role/role_test.h"

#define SLOTS IOREQ_BUFFER_SLOT_NUM

const struct fake_posting *posting(const struct role_test *test);

/* The role is stopped between these two, wherever it is. */
void hold_role(struct role_test *test);
void release_role(struct role_test *test);

/* The guest writes a text to THR, and none of the writes may have to wait. */
void post(struct role_test *test, const char *text);

/* Reads RBR.  What was posted before that is consumed when it is answered. */
uint8_t read_rbr(struct role_test *test);

/* A vCPU begins an access, for which it may have to wait; finish() waits until
 * it is answered, and returns what a read reads.  is_waiting(): nobody has
 * taken it yet. */
void start_out(struct role_test *test, unsigned int vcpu, uint16_t port,
               uint8_t value);
void start_in(struct role_test *test, unsigned int vcpu, uint16_t port);
uint8_t finish(struct role_test *test, unsigned int vcpu);
bool is_waiting(struct role_test *test, unsigned int vcpu);

/* output_is() of a text. */
bool text_is_out(struct role_test *test, const char *text);

#endif
