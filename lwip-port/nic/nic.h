/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic.h - a network card that Linux's own network does not have
 *
 * Drivers: nic_pci.c ("pci:...", our own, for cards passed through) and
 * nic_packet.c ("netdev:eth1", any card that Linux drives).  A driver is a
 * file with a struct nic_driver and an entry in NIC_DRIVERS below.  A card
 * that is passed through needs no driver of this kind but a struct pci_family
 * (nic_pci.h).
 *
 * Nothing here blocks.  Frames begin with the Ethernet header and have no
 * checksum at their end.
 */
#ifndef LWIP_PORT_NIC_H
#define LWIP_PORT_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NIC_MAC_BYTES            6
#define NIC_TRANSMIT_BYTES_MAX   1514
#define NIC_FRAME_BYTES_MAX      9216 /* received */
#define NIC_GROUPS_MAX           16   /* multicast addresses listened to */
#define NIC_DMA_PAGES            512  /* what "pci:..." needs of its holder */

enum nic_link {
    NIC_LINK_DOWN, /* no cable */
    NIC_LINK_UP,
    NIC_LINK_GONE, /* no card: open it anew, in a new process */
};

/* For status. */
struct nic_counts {
    uint64_t received, transmitted;         /* frames */
    uint64_t receive_drops, transmit_drops;
    uint64_t receive_errors;                /* bad on the wire */
    uint64_t link_changes;
    uint64_t resets;                        /* of a card that was stuck */
};

struct nic {
    const struct nic_driver *driver;
    uint8_t mac[NIC_MAC_BYTES];
    int fd;           /* readable when receive() has something to do */
    int link_fd;      /* readable when link() has news; -1: ask it each
                       * second */
    bool wants_write; /* flush() could not send all: call it again when fd is
                       * writable */
    bool is_awaited;  /* netif_ethernet.c's: a frame found no space */
    struct nic_counts counts;
};

/* is_vouched: the sender never left this machine or hypervisor and its
 * transport checksum is yet to be filled in. */
typedef void nic_frame_function(void *opaque, const uint8_t *frame,
                                size_t bytes, bool is_vouched);

struct nic_driver {
    const char *prefix; /* of the specification: "netdev:" */

    /* As root.  Fails with a message that names the cure. */
    int (*open)(struct nic **nic, const char *specification);
    void (*close)(struct nic *nic);

    /* Hands over the frames that came, one batch at the most, and returns
     * how many; whether or not fd was readable. */
    unsigned int (*receive)(struct nic *nic, nic_frame_function *deliver,
                            void *opaque);

    /* Once fd was readable and nothing else is left to do: makes it readable
     * for the next frame, or leaves it so for another batch.  NULL: receive()
     * does.  Until then the next frames do not interrupt. */
    void (*rearm)(struct nic *nic);

    /* Space for one frame of up to NIC_TRANSMIT_BYTES_MAX bytes, or NULL
     * when the queue is full; transmit() puts it, so filled, at the end of
     * the queue, which flush() sends. */
    uint8_t *(*transmit_space)(struct nic *nic);
    void (*transmit)(struct nic *nic, size_t bytes);
    void (*flush)(struct nic *nic);

    enum nic_link (*link)(struct nic *nic);

    /* Once a second, for what nothing else tells; NULL: not needed. */
    void (*check)(struct nic *nic);

    /* Lets frames to this multicast address in. */
    void (*accept_group)(struct nic *nic, const uint8_t *mac);

    /* What the driver calls once it is open, for confine(). */
    const int *syscalls;
    size_t syscall_count;
};

/* The drivers that there are. */
#define NIC_DRIVERS(driver) \
    driver(nic_packet_driver) \
    driver(nic_pci_driver)

#define NIC_DRIVER_DECLARE(name) extern const struct nic_driver name;
NIC_DRIVERS(NIC_DRIVER_DECLARE)
#undef NIC_DRIVER_DECLARE

/* specification: a driver's prefix and what that driver expects. */
int nic_open(struct nic **nic, const char *specification);

/* Whether "pci:..." has a driver for a card with these IDs. */
bool nic_drives_pci(unsigned int vendor, unsigned int device);

#endif
