/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.h - how a role gives up the rights that it does not need
 *
 * A role calls this once every handle is open, and before it looks at the
 * first byte from a guest or the network.
 */
#ifndef MEDIATOR_CONFINE_H
#define MEDIATOR_CONFINE_H

#include <stddef.h>
#include <stdint.h>

/* What a role keeps. */
struct confine_rights {
    const char *user;    /* whom the process becomes */

    /* System calls (numbers of <sys/syscall.h>) beyond the common set, which
     * is what ending, logging, waiting, mapping files, reading clocks and
     * talking to the supervisor take. */
    const int *syscalls;
    size_t syscall_count;

    /* What it may ask of devices by ioctl(). */
    const uint32_t *requests;
    size_t request_count;

    /* How much memory of its own it can have (what is mapped of files is not
     * counted), and how many descriptors. */
    size_t memory_bytes;
    unsigned int descriptors;
};

/*
 * The process becomes that user, in that user's group and no other.  It has no
 * capability left, cannot get new privileges, cannot be dumped or traced, and
 * gets SIGTERM when its parent dies.  A seccomp filter kills it on any other
 * system call, and on these in any other form: it can send signals to itself
 * only, and no memory that it maps can be executed or shared but with a file.
 * It cannot write a regular file, unless stderr is one when this is called.
 * When dom0 is out of memory, it goes before the supervisor.
 *
 * Returns 0, or -1 with a message; after that the process must end.
 */
int confine(const struct confine_rights *rights);

/*
 * To be called before confine().  From then on this process can write `fd` by
 * pwrite(fd, buffer, bytes, offset) with these values of bytes and offset
 * only, and no other descriptor by pwrite().  A copy of fd would escape this;
 * no system call of confine()'s common set makes one.
 *
 * Returns 0, or -1 with a message.
 */
int confine_writes(int fd, unsigned int offset, unsigned int bytes);

#endif
