/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * device_user.h - who in dom0 has a device open
 *
 * Linux tells by the links below /proc/PID/fd.  How many there are is up to
 * anybody who may run a process in dom0, and the supervisor has other things
 * to do: the walk is bounded, and says when that cut it short.
 */
#ifndef MEDIATOR_DEVICE_USER_H
#define MEDIATOR_DEVICE_USER_H

#include <stddef.h>

/* How many descriptors of a process are looked at, in their order: those that
 * it opened first.  Who has many shields nobody else. */
#define DEVICE_USER_DESCRIPTORS 256u

/* How long the walk may take, which sees some 100,000 descriptors in that
 * time. */
#define DEVICE_USER_PATIENCE_MS 1000u

enum device_user {
    DEVICE_USER_NONE,
    DEVICE_USER_FOUND,   /* text: "getty (pid 612)" */
    DEVICE_USER_UNKNOWN, /* nobody was seen; text says why not all was */
};

/* Looks for who has the device open, but for this process. */
enum device_user device_user_find(const char *device,
                                  unsigned int patience_ms, char *text,
                                  size_t bytes);

#endif
