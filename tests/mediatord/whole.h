/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * whole.h - all of mediatord on the fake Xen, with many guests that write
 *
 * The supervisor, a uart role for each guest and the net role are programs
 * beside the test's: the same objects as in mediatord, but for Xen's
 * libraries, and a card to which nothing comes.  Clients are those in dom0.
 */
#ifndef WHOLE_H
#define WHOLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fake-xen/fake_guest.h"

#define WHOLE_GUESTS_MAX 64
#define WHOLE_TIMEOUT_MS 60000 /* ends a test that would hang */

struct whole;

/* A vCPU that writes strings to its COM1, each of them an access; the first
 * guest's are long. */
struct whole_guest {
    struct whole *whole;
    struct fake_guest guest;
    pthread_t thread;
    bool is_running;
    _Atomic uint64_t accesses;
    _Atomic int64_t longest_ns; /* that one of them took */
    _Atomic uint32_t failures;
};

struct whole {
    char directory[96];
    unsigned int count; /* guests: g1, g2 and so on */
    int start_ms;       /* how long it took until all were served */
    pid_t pid;          /* of mediatord; 0: none runs */
    _Atomic bool is_over;
    struct whole_guest guests[WHOLE_GUESTS_MAX];
};

/* Start a fake Xen, its domains, mediatord and the consoles; end all of it.
 * 0, or -1 with a message.  whole_end() also fails when a rule of Xen's was
 * broken. */
int whole_start(struct whole *whole, unsigned int count);
int whole_end(struct whole *whole);

/* From now on all guests write, until whole_end(). */
int whole_write(struct whole *whole);

/* Stops mediatord as systemd does, by SIGTERM, and by SIGKILL if that takes
 * longer than patience_ms.  Returns how many milliseconds it took, or -1. */
int whole_stop_mediatord(struct whole *whole, int patience_ms);
int whole_start_mediatord(struct whole *whole);

/* Wait until mediatord takes requests; until each guest has got another
 * answer.  0, or -1 after WHOLE_TIMEOUT_MS. */
int whole_await_requests(struct whole *whole);
int whole_await_guests(struct whole *whole);

/* A client in dom0 of the guest's console, as mediatorctl attach; a
 * descriptor that is the caller's, or -1. */
int whole_attach(struct whole *whole, unsigned int guest);

/* The process of a guest's uart role, and of the net role; 0: there is none.
 */
pid_t whole_uart_role(struct whole *whole, unsigned int guest);
pid_t whole_net_role(struct whole *whole);

/* In milliseconds, since the guests began or this was forgotten: of the one
 * guest; of all others. */
int whole_longest(struct whole *whole, unsigned int guest);
int whole_longest_but(struct whole *whole, unsigned int guest);
void whole_forget_longest(struct whole *whole);

#endif
