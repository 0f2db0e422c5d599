/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_xen.h - a Xen that is a process and a few files
 *
 * What is slow in Xen (hypercalls that change something) is asked of one
 * process, the "hypervisor", over a socket: such a call happened or it did
 * not, whenever its caller is killed, and the end of a connection shows the
 * end of its owner, as the end of a file descriptor does to dom0's kernel.
 * What is fast (request slots, events, the guest's side) is shared memory.
 *
 * Everything stands in the directory named by environment FAKE_XEN_DIR:
 *     socket       where the hypervisor listens
 *     hypervisor   struct fake_xen, mapped by all
 *     ioreq        request pages: FAKE_PAGES_A_SERVER a server
 *     memory.N     of the domain in place N of the table
 *     evtchn.N     FIFO of /dev/xen/evtchn's handle N: ports that fired
 *     machine      fake_machine.h
 *     violations   a line for each rule of Xen's that was broken; a test
 *                  that ends with one in it has failed
 */
#ifndef FAKE_XEN_H
#define FAKE_XEN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/hvm/dm_op.h>
#include <xen/hvm/ioreq.h>

#define FAKE_XEN_ENVIRONMENT "FAKE_XEN_DIR"

#define FAKE_DOMAINS_MAX 256
#define FAKE_SERVERS_MAX 8   /* MAX_NR_IOREQ_SERVERS */
#define FAKE_RANGES_MAX 256  /* MAX_NR_IO_RANGES */
#define FAKE_VCPUS_MAX 128
#define FAKE_PAGES_MAX 4096  /* of a guest's memory */
#define FAKE_HANDLES_MAX 512
#define FAKE_IRQS 16
#define FAKE_IRQ_LOG 4096
#define FAKE_PAGE_BYTES 4096u
#define FAKE_FRAMES_A_SERVER 2 /* frame 0 buffered, frame 1 synchronous */
#define FAKE_PAGE_SHADOW 2     /* behind the frames: another resource */
#define FAKE_PAGES_A_SERVER 3
#define FAKE_RANGE_TYPES 5 /* XEN_DMOP_IO_RANGE_* */
#define FAKE_CHANNEL_BUFFERED FAKE_VCPUS_MAX /* behind the vCPUs' channels */
#define FAKE_CHANNELS (FAKE_VCPUS_MAX + 1)

enum fake_page {
    FAKE_PAGE_HOLE,
    FAKE_PAGE_RAM,
    FAKE_PAGE_ROM, /* can be mapped, but not for writing */
};

/* The two ends of an event channel to an ioreq server: a vCPU's, or that of
 * its ring. */
struct fake_channel {
    _Atomic uint32_t handle; /* dom0's: 1 + number of its FIFO; 0: unbound */
    _Atomic uint32_t flags;  /* dom0's: FAKE_EVENT_* */
    _Atomic uint32_t events; /* the guest's: a futex, counts up */
    _Atomic uint32_t was_taken; /* INPROCESS was seen for this request */
};

#define FAKE_EVENT_MASKED  1u /* handed out, not unmasked since */
#define FAKE_EVENT_PENDING 2u /* another one came while masked */

struct fake_ranges {
    uint32_t count;
    struct {
        uint64_t first, last;
    } at[FAKE_RANGES_MAX];
};

struct fake_server {
    _Atomic uint32_t is_used;
    _Atomic uint32_t is_enabled;
    uint32_t buffering;             /* HVM_IOREQSRV_BUFIOREQ_* */
    _Atomic uint32_t buffered_lock; /* held by a vCPU that writes the ring */
    _Atomic uint32_t has_shadow;
    struct fake_ranges ranges[FAKE_RANGE_TYPES];
};

/* How often the domain's vCPUs did not have to wait, and how often they had
 * to. */
struct fake_posting {
    _Atomic uint64_t posted;       /* writes put into a ring */
    _Atomic uint64_t refused;      /* writes that found the ring full */
    _Atomic uint64_t events;       /* events sent for posted writes */
    _Atomic uint64_t shadow_reads; /* reads answered from a shadow page */
};

struct fake_irq_event {
    uint8_t irq;
    uint8_t level;
};

struct fake_domain {
    _Atomic uint32_t is_used;
    uint32_t domid;
    char name[128];
    uint8_t uuid[16];
    bool is_hvm;
    _Atomic uint32_t is_dying;
    _Atomic uint32_t is_crashed;
    uint32_t vcpus;
    uint32_t pages;

    /* Like domain_pause(): the hypervisor sets is_paused, waits until no vCPU
     * is dispatching, and then changes servers. */
    _Atomic uint32_t is_paused;
    _Atomic uint32_t dispatching;

    struct fake_server servers[FAKE_SERVERS_MAX];
    struct fake_channel channels[FAKE_SERVERS_MAX][FAKE_CHANNELS];
    struct fake_posting posting;

    _Atomic uint32_t irq_level[FAKE_IRQS];
    _Atomic uint32_t irq_count; /* a futex; the log holds the last moves */
    struct fake_irq_event irq_log[FAKE_IRQ_LOG];

    uint8_t page_kind[FAKE_PAGES_MAX];
};

enum fake_fault_action {
    FAKE_FAULT_NONE,
    FAKE_FAULT_KILL, /* the process kills itself */
    FAKE_FAULT_STOP, /* it stops; SIGCONT lets it go on */
};

/* Happens to the process that passes the fault point when `remaining` falls to
 * 0. */
struct fake_fault {
    _Atomic uint32_t action;
    _Atomic uint32_t point;
    _Atomic int32_t remaining;
    _Atomic uint32_t fired;
};

/* What a process that starts now has no more of than `left`: RLIMIT_NOFILE
 * (descriptors), RLIMIT_AS or RLIMIT_DATA (bytes). */
struct fake_shortage {
    _Atomic uint32_t is_on;
    _Atomic int32_t resource;
    _Atomic uint64_t left;
    _Atomic uint32_t is_unmappable; /* no process can map a guest's page */
    _Atomic uint32_t is_over_quota; /* no process can make a file longer */
    _Atomic uint32_t is_unaskable;  /* no hypercall about domains is made */
};

/* What xenstored is like, for libxenstore. */
enum fake_store_mood {
    FAKE_STORE_WORKS,
    FAKE_STORE_SILENT, /* it answers nothing */
    FAKE_STORE_DEAD,   /* there is none; connections that were are broken */
    FAKE_STORE_FULL,   /* it refuses writes: quota */
};

/* What is behind the numbers that xen-patch's hypervisor part uses. */
enum fake_patch {
    FAKE_PATCH_NONE, /* nothing: it is Debian's Xen */
    FAKE_PATCH_OURS,
    FAKE_PATCH_OTHER, /* something else: a later Xen has given them away */
};

struct fake_xen {
    struct fake_fault fault;
    struct fake_shortage shortage;
    _Atomic uint32_t store_mood;   /* a futex */
    _Atomic uint32_t store_deaths;
    _Atomic uint32_t violations;
    _Atomic uint32_t patch; /* enum fake_patch */
    struct fake_domain domains[FAKE_DOMAINS_MAX];
};

/* Each side of an event channel has its own port numbers.  These ranges do not
 * overlap, so that a mix-up shows. */
#define FAKE_GUEST_PORT_BASE 100000u

/* channel: a vCPU, or FAKE_CHANNEL_BUFFERED. */
static inline uint32_t fake_guest_port(uint32_t server, uint32_t channel)
{
    return FAKE_GUEST_PORT_BASE + server * FAKE_CHANNELS + channel;
}

static inline uint32_t fake_local_port(uint32_t domain, uint32_t server,
                                       uint32_t channel)
{
    return 1 + (domain * FAKE_SERVERS_MAX + server) * FAKE_CHANNELS + channel;
}

/* The channel of a port in dom0; NULL when there is no such port. */
static inline struct fake_channel *fake_channel_at(struct fake_xen *xen,
                                                   uint32_t local_port)
{
    uint32_t at = local_port - 1;
    uint32_t domain = at / FAKE_CHANNELS / FAKE_SERVERS_MAX;

    if (domain >= FAKE_DOMAINS_MAX)
        return NULL;
    return &xen->domains[domain].channels[at / FAKE_CHANNELS %
                                          FAKE_SERVERS_MAX]
                                         [at % FAKE_CHANNELS];
}

/* Where in the file "ioreq" a page of a server is: a frame, or
 * FAKE_PAGE_SHADOW. */
static inline uint64_t fake_page_offset(uint32_t domain, uint32_t server,
                                        uint32_t page)
{
    return ((uint64_t)(domain * FAKE_SERVERS_MAX + server) *
            FAKE_PAGES_A_SERVER + page) * FAKE_PAGE_BYTES;
}

#define FAKE_IOREQ_FILE_BYTES \
    fake_page_offset(FAKE_DOMAINS_MAX, 0, 0)

#endif
