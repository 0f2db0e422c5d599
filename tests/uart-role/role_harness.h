/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_harness.h - a small supervisor, for tests of the uart role
 *
 * It makes a console's files, starts the role program (environment
 * FAKE_UART_ROLE, else fake-uart-role beside the test program), and starts a
 * successor that adopts the ioreq server when a role was killed.
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
    uint16_t first_port; /* of the guest's */
    uint16_t machine_port;
    uint32_t server; /* ROLE_NO_SERVER: there is none yet */
    char directory[80];
    char key[32];
    _Atomic pid_t pid; /* 0: no role runs */
    int link;
    struct out_ring out; /* as the net role has it */
    struct in_ring in;
    int status; /* with which the last role ended */
    bool may_fail; /* no failure of a role is worth its log */
    char failure[LOG_TEXT_BYTES]; /* what ROLE_FAILED said last */
    char warning[LOG_TEXT_BYTES]; /* what ROLE_WARNING said last */
    unsigned int wires_lost;      /* ROLE_WIRE_LOST */

    /* For harness_supervise(). */
    pthread_t thread;
    pthread_mutex_t starting;
    bool is_ending;
    _Atomic uint32_t kills;  /* roles that ended by SIGKILL */
    _Atomic uint32_t errors; /* roles that ended otherwise */
    /* As many successors are killed, each at a random moment of its first
     * kill_within_ns. */
    uint32_t random_kills;
    int64_t kill_within_ns;
    unsigned int seed;
    /* Called before a successor is started; or NULL. */
    void (*before_successor)(struct role_harness *harness);
};

/* Makes a folder below FAKE_XEN_DIR, and the files of a console in it.  mode:
 * of fake_uart_modes.c.  0, or -1 with a message logged. */
int harness_create(struct role_harness *harness, const char *mode,
                   uint32_t domid, uint64_t history_bytes);
/* The same for another console of the same domain, at another port. */
int harness_create_other(struct role_harness *harness,
                         const struct role_harness *first, const char *name,
                         uint16_t first_port);
/* Kills the role if it runs, and closes everything. */
void harness_destroy(struct role_harness *harness);

/* Makes the console's files anew, as another file system was mounted over
 * their folder.  No role may run. */
int harness_make_files_again(struct role_harness *harness,
                             uint64_t history_bytes);

/* The path of a file of the console. */
void harness_path(const struct role_harness *harness, char path[4096],
                  const char *file);

/* Starts a role. 0: it said ROLE_READY; -1: it ended before that, or said that
 * it failed. */
int harness_start(struct role_harness *harness);

/* The two halves of that. */
int harness_spawn(struct role_harness *harness);
int harness_await_ready(struct role_harness *harness);

/* Tells the role to finish and exit. 0: it did, with status 0. */
int harness_stop(struct role_harness *harness);
/* The same, and to destroy its server before. */
int harness_remove_server(struct role_harness *harness);
/* Sends a message, and does not wait for what comes of it. */
int harness_send(struct role_harness *harness, enum role_message_type type);
/* Receives messages until one of that type comes. -1: none came. */
int harness_await(struct role_harness *harness, enum role_message_type type);

/* Waits until the role has ended, and returns its wait status. */
int harness_wait(struct role_harness *harness);
/* Waits until a signal has stopped the role. */
int harness_wait_stopped(struct role_harness *harness);
/* Kills the role, and returns its wait status. */
int harness_kill(struct role_harness *harness);

/* From harness_supervise() on a thread starts a successor whenever the role
 * was killed.  harness_rest() ends that, and leaves a role that is READY. */
int harness_supervise(struct role_harness *harness);
int harness_rest(struct role_harness *harness);
/* Returns when random_kills have happened. */
void harness_await_random_kills(struct role_harness *harness);

/* Copies what the guest wrote so far, from the history; returns how many
 * bytes. */
size_t harness_output(struct role_harness *harness, void *buffer,
                      size_t bytes);

#endif
