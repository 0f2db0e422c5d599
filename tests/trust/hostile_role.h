/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile_role.h - a role in a stranger's hands: confined as each role is, it
 * makes one system call
 */
#ifndef TESTS_TRUST_HOSTILE_ROLE_H
#define TESTS_TRUST_HOSTILE_ROLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum hostile_kind {
    HOSTILE_UART,
    HOSTILE_UART_WIRE,  /* with a tty */
    HOSTILE_NET_PACKET, /* with a card that Linux drives */
    HOSTILE_NET_PCI,    /* with one that is passed through */
    HOSTILE_KINDS
};

extern const char *const hostile_names[HOSTILE_KINDS];

/* What such a role has open, beside its log. */
#define HOSTILE_FILE_FD   10 /* a regular file of HOSTILE_FILE_BYTES */
#define HOSTILE_PIPE_FD   11 /* can be written and read */
#define HOSTILE_CONFIG_FD 12 /* a pipe, in the place of a card's configuration;
                              * no limit of regular files holds for either */
#define HOSTILE_OOM_FD    13 /* its /proc/self/oom_score_adj */
#define HOSTILE_FDS       16 /* all of these are below */
#define HOSTILE_FILE_BYTES 4096

/* Whether its log is that regular file, and not the pipe. */
extern bool hostile_log_is_file;

enum hostile_end {
    HOSTILE_KILLED,  /* by the system call filter */
    HOSTILE_REFUSED, /* by the kernel: the call failed */
    HOSTILE_DONE,    /* the call did not fail */
    HOSTILE_BROKEN,  /* the role was not confined at all */
};

struct hostile_call {
    long number;
    uint64_t arguments[6];
};

/* Makes such a role, and that call in it.  *value is what the call returned,
 * where it was not killed: -errno for a failure.  It may be NULL. */
enum hostile_end hostile_role_call(enum hostile_kind kind,
                                   const struct hostile_call *call,
                                   long *value);

/* Starts such a role, which calls the function.  Its process, whom the caller
 * kills and reaps, or -1.  Descriptors below HOSTILE_FDS are replaced. */
pid_t hostile_role_start(enum hostile_kind kind,
                         long (*run)(const void *argument),
                         const void *argument);

/* The same with a function in the place of the call.  What that returns is
 * *value. */
enum hostile_end hostile_role_run(enum hostile_kind kind,
                                  long (*run)(const void *argument),
                                  const void *argument, long *value);

#endif
