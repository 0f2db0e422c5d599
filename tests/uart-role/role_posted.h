/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_posted.h - what tests of posted writes do to a role and a guest
 */
#ifndef ROLE_POSTED_H
#define ROLE_POSTED_H

#include "fake-xen/fake_posted.h"
#include "uart-role/role_test.h"

#define SLOTS IOREQ_BUFFER_SLOT_NUM

const struct fake_posting *posting(const struct role_test *test);

/* It stands still between these two, wherever it is. */
void hold_role(struct role_test *test);
void release_role(struct role_test *test);

/* The guest does not wait for these. */
void post(struct role_test *test, const char *text);

/* What was posted before it is consumed when it is answered. */
uint8_t read_rbr(struct role_test *test);

/* A vCPU that may have to wait, and what it gets. */
void start_out(struct role_test *test, unsigned int vcpu, uint16_t port,
               uint8_t value);
void start_in(struct role_test *test, unsigned int vcpu, uint16_t port);
uint8_t finish(struct role_test *test, unsigned int vcpu);
bool is_waiting(struct role_test *test, unsigned int vcpu);

/* output_is() */
bool text_is_out(struct role_test *test, const char *text);

#endif
