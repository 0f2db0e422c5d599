/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_quota.c - lets no file grow while a test says so
 *
 * It is part of a test's role program, and replaces the one function of libc's
 * by which a role's files get their length.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake-xen/fake_client.h"

/* As libc's, but for file systems that cannot allocate: a role's can. */
int posix_fallocate(int fd, off_t offset, off_t length)
{
    const struct fake_xen *xen = fake_xen_attach();

    if (xen && atomic_load(&xen->shortage.is_over_quota))
        return EDQUOT;
    return syscall(SYS_fallocate, fd, 0, offset, length) ? errno : 0;
}
