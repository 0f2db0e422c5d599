/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.h - a role gives up what it does not need
 *
 * Called once every handle is open and before the first byte from a guest or
 * the network is looked at.
 */
#ifndef MEDIATOR_CONFINE_H
#define MEDIATOR_CONFINE_H

#include <stddef.h>

/*
 * user: becomes it (and its group, no others), with no capability left, no
 * new privileges, not dumpable, told to stop (SIGTERM) when its parent dies,
 * and a seccomp filter that kills the process
 * on any system call beyond `syscalls` (numbers of <sys/syscall.h>) and a
 * common set: what leaving, logging, waiting and reading clocks take.
 */
int confine(const char *user, const int *syscalls, size_t syscall_count);

/*
 * Before confine(): from now on this process may write `fd` by
 * pwrite(fd, buffer, bytes, offset) with these values only, and no other
 * descriptor by pwrite().  It must not make a copy of fd either: confine()'s
 * set has no way to.
 */
int confine_writes(int fd, unsigned int offset, unsigned int bytes);

#endif
