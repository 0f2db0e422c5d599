/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_rights.c - the requests to Xen's drivers and to the tty that serving
 * needs
 */
#include "uart/uart_rights.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <xen/xen.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/privcmd.h>

#include "shared/confine.h"

/* Many times what it has: it allocates nothing while it serves. */
#define MEMORY_BYTES (32 << 20)
#define DESCRIPTORS  32

/* What libxendevicemodel, libxenforeignmemory and libxenevtchn make of what is
 * called once the server is bound: the interrupt line and the server's end;
 * the guest's memory (the second where a driver does not know the first);
 * answers.  What they unmap, wait for and unmask takes munmap(), read() and
 * write(). */
#define XEN_REQUESTS \
    IOCTL_PRIVCMD_DM_OP, \
    IOCTL_PRIVCMD_MMAPBATCH_V2, IOCTL_PRIVCMD_MMAPBATCH, \
    IOCTL_EVTCHN_NOTIFY

/* Those of shared/wire_tty.c: a tty that is there again is set up by a role
 * that serves. */
#define TTY_REQUESTS \
    TCGETS2, TCSETS2, TIOCMGET, TIOCMBIS, TIOCMBIC, TIOCSBRK, TIOCCBRK, \
    TIOCOUTQ, TCFLSH, TIOCEXCL, TIOCNXCL

static const uint32_t xen_requests[] = { XEN_REQUESTS };
static const uint32_t wire_requests[] = { XEN_REQUESTS, TTY_REQUESTS };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

int uart_rights_keep(const char *user, bool has_wire)
{
    struct confine_rights rights = {
        .user = user,
        .requests = has_wire ? wire_requests : xen_requests,
        .request_count = has_wire ? COUNT(wire_requests)
                                  : COUNT(xen_requests),
        .memory_bytes = MEMORY_BYTES,
        .descriptors = DESCRIPTORS,
    };

    return confine(&rights);
}
