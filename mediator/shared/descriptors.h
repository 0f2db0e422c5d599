/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * descriptors.h - open files sent through a Unix socket (SCM_RIGHTS; unix(7))
 *
 * The receiver gets descriptors of its own for the same open files; the
 * sender keeps those that it has.
 */
#ifndef MEDIATOR_DESCRIPTORS_H
#define MEDIATOR_DESCRIPTORS_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#define DESCRIPTORS_MAX 3 /* in one message */

/* Sends the parts as one message, with up to DESCRIPTORS_MAX descriptors.
 * flags are sendmsg()'s, and so is the result. */
ssize_t descriptors_send(int socket, const struct iovec *parts,
                         size_t part_count, const int *fds,
                         unsigned int fd_count, int flags);

/* Receives up to `bytes` bytes into data.  fds has room for fd_max
 * descriptors, of which the places that are not needed become -1; the caller
 * owns those that it got, also when fewer bytes came than it wanted.  What
 * comes beyond fd_max is closed.  With fd_max 0 the kernel lets go of all.
 * The result is recvmsg()'s; a signal does not interrupt it. */
ssize_t descriptors_receive(int socket, void *data, size_t bytes, int *fds,
                            unsigned int fd_max);

#endif
