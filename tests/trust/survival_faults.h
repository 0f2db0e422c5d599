/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * survival_faults.h - what happens to a uart role in the middle of a stream
 */
#ifndef TESTS_TRUST_SURVIVAL_FAULTS_H
#define TESTS_TRUST_SURVIVAL_FAULTS_H

#include "trust/survival.h"

enum survival_fault {
    SURVIVAL_KILLED,          /* as the kernel does when memory is out */
    SURVIVAL_KILLED_AT_POINT, /* of uart/fault_point.h */
    SURVIVAL_KILLED_AT_START,
    SURVIVAL_STOPPED,         /* and continued */
    SURVIVAL_STOPPED_AT_POINT,
    SURVIVAL_NO_SPACE,        /* in /run, while a successor starts */
    SURVIVAL_NO_QUOTA,        /* of it, likewise */
    SURVIVAL_NO_DESCRIPTORS,  /* while a successor starts */
    SURVIVAL_NO_MEMORY,       /* likewise */
    SURVIVAL_NO_MAPPING,      /* of the guest's pages, while it serves */
    SURVIVAL_FAULTS
};

extern const char *const survival_fault_names[SURVIVAL_FAULTS];

/* Gives the console's files a file system of their own, of which little is
 * free, as far as this process may; else there is always space.  For the
 * fault NO_SPACE; before the first role starts.  survival_unmount() undoes
 * it. */
void survival_mount(struct survival *survival, struct role_test *test);
void survival_unmount(struct survival *survival, struct role_test *test);

/* Fills that file system, or empties it. */
void survival_fill(struct role_test *test);
void survival_empty(struct role_test *test);

/* Brings a fault about in the middle of a portion, and sees to it that a role
 * is at work again. */
void survival_cause(struct survival *survival, enum survival_fault fault);

#endif
