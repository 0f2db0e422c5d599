/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * survival.h - a guest and its clients, who send each other streams through a
 * uart role, whatever happens to that
 *
 * Both streams are made from seeds, so each end knows what must come next.
 * They move by portions: survival_move_on() lets each side send one more, and
 * the guest sends by single writes, within interrupts, and by strings.
 */
#ifndef TESTS_TRUST_SURVIVAL_H
#define TESTS_TRUST_SURVIVAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "uart-role/role_test.h"

/* One end of a stream: who makes it, or who checks it. */
struct survival_end {
    unsigned int seed;
    uint64_t hash;          /* FNV-1a of all bytes */
    _Atomic uint64_t bytes; /* how many those are */
};

struct survival {
    struct role_test *test;
    struct survival_end written, came; /* from the guest to its clients */
    struct survival_end typed, heard;  /* the other way */
    _Atomic uint64_t may_write, may_type; /* bytes in all */
    _Atomic bool is_ending;
    const char *_Atomic problem;
    unsigned int first_seed; /* of what the guest writes */
    pthread_t guest, typist;

    bool has_small_run;     /* the files are on a file system of their own */
    unsigned int deaths;    /* of roles, in all */
    unsigned int refusals;  /* of those that could not start, and said so */
};

/* Begins the streams; a role is at work. */
void survival_begin(struct survival *survival, struct role_test *test);

/* Lets each side send a portion more. */
void survival_move_on(struct survival *survival);

/* Reads what has come to the clients.  True: all that may be sent has come. */
bool survival_check(struct survival *survival);

/* Ends the streams, once all has come. */
void survival_end(struct survival *survival);

#endif
