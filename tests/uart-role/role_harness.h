/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_harness.h - a supervisor in small, for tests of the uart role: makes a
 * console's files, starts the role binary (environment FAKE_UART_ROLE, else
 * fake-uart-role beside the test program), and starts a successor that adopts
 * the server when it was killed
 */
#ifndef ROLE_HARNESS_H
#define ROLE_HARNESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/in_ring.h"
#include "shared/out_ring.h"
#include "shared/role_link.h"

#define HARNESS_BINARY "FAKE_UART_ROLE"
#define HARNESS_FIRST_PORT 0x3f8
#define HARNESS_IRQ 4
#define HARNESS_TIMEOUT_MS 30000

struct role_harness {
    const char *mode;
    const char *option; /* one more of the console's options, or NULL */
    uint32_t domid;
    uint16_t machine_port;
    uint32_t server; /* ROLE_NO_SERVER: none was made yet */
    char directory[80];
    char key[32];
    _Atomic pid_t pid; /* 0: not running */
    int link;
    struct out_ring out; /* as the net role has it */
    struct in_ring in;
    char failure[LOG_TEXT_BYTES]; /* what ROLE_FAILED said */
    char warning[LOG_TEXT_BYTES];

    /* Of harness_supervise() */
    pthread_t thread;
    pthread_mutex_t starting;
    bool is_ending;
    _Atomic uint32_t kills;  /* roles that ended by SIGKILL */
    _Atomic uint32_t errors; /* roles that ended otherwise */
    uint32_t random_kills;   /* as many successors are killed at a moment */
    int64_t kill_within_ns;  /* of their first so many */
    unsigned int seed;       /* by this */
    void (*before_successor)(struct role_harness *harness); /* or NULL */
};

/* Below FAKE_XEN_DIR.  mode: "standin" or "passthrough".  0 or -1. */
int harness_create(struct role_harness *harness, const char *mode,
                   uint32_t domid, uint64_t history_bytes);
/* Kills what runs. */
void harness_destroy(struct role_harness *harness);

void harness_path(const struct role_harness *harness, char path[4096],
                  const char *file);

/* Starts the role; 0 once it said READY.  -1: it ended before, or said that
 * it failed. */
int harness_start(struct role_harness *harness);

/* The first half of it. */
int harness_spawn(struct role_harness *harness);
int harness_await_ready(struct role_harness *harness);

/* "Finish and exit"; 0 when it did, with status 0. */
int harness_stop(struct role_harness *harness);
/* The same with its server destroyed. */
int harness_remove_server(struct role_harness *harness);
/* Only says so. */
int harness_send(struct role_harness *harness, enum role_message_type type);
/* Receives until one of that type comes; -1: none came. */
int harness_await(struct role_harness *harness, enum role_message_type type);

/* Waits for the end of the role; its wait status. */
int harness_wait(struct role_harness *harness);
/* Waits until it was stopped by a signal. */
int harness_wait_stopped(struct role_harness *harness);
int harness_kill(struct role_harness *harness);

/* Starts a successor whenever the role was killed, from now on, in a thread
 * of its own; until harness_rest(), after which one runs that is READY. */
int harness_supervise(struct role_harness *harness);
int harness_rest(struct role_harness *harness);
/* Until random_kills have happened. */
void harness_await_random_kills(struct role_harness *harness);

/* The bytes that the guest wrote so far, from the history. */
size_t harness_output(struct role_harness *harness, void *buffer,
                      size_t bytes);

#endif
