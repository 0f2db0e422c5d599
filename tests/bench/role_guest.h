/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_guest.h - a guest of role_load, its console and its uart role
 */
#ifndef ROLE_GUEST_H
#define ROLE_GUEST_H

#include "fake-xen/fake_guest.h"
#include "fake-xen/fake_setup.h"
#include "uart-role/role_harness.h"

#define ROLE_GUEST_FIFO    16 /* bytes that a driver writes at once */
#define ROLE_GUEST_HISTORY (1u << 20)

struct role_guest {
    struct role_harness harness;
    struct fake_guest guest;
    unsigned int number;
    uint64_t written; /* bytes to THR */
};

/* Starts the guest and its role.  All consoles share one net.wake, as those of
 * a net role do.  Returns 0 or -1. */
int role_guest_start(struct role_guest *guest, unsigned int number);
int role_guest_stop(struct role_guest *guest);

/* Writes the next byte to THR.  Returns false when nobody answers. */
bool role_guest_write(struct role_guest *guest);

/* Reads LSR.  Returns false when nobody answers or THRE is 0. */
bool role_guest_poll(struct role_guest *guest);

/* Writes the next `bytes` bytes to THR.  Returns false when nobody answers. */
bool role_guest_write_burst(struct role_guest *guest, unsigned int bytes);

/* Byte n of what a guest writes.  A shift by any number of bytes shows. */
static inline uint8_t role_stream(unsigned int guest, uint64_t n)
{
    return (n + 1 + ((uint64_t)guest << 32)) * UINT64_C(0x9e3779b97f4a7c15) >>
           56;
}

#endif
