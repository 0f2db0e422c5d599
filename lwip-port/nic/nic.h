/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic.h - a network card that Linux's own network stack does not use
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
#define NIC_FRAME_BYTES_MAX      9216 /* of a frame that is received */
#define NIC_GROUPS_MAX           16   /* multicast addresses listened to */
#define NIC_DMA_PAGES            512  /* memory that "pci:..." needs of the
                                       * holder domain */

enum nic_link {
    NIC_LINK_DOWN, /* no cable */
    NIC_LINK_UP,
    NIC_LINK_GONE, /* there is no card: a new process may open it anew */
};

/* What `mediatorctl status` shows. */
struct nic_counts {
    uint64_t received, transmitted;         /* frames */
    uint64_t receive_drops, transmit_drops;
    uint64_t receive_errors;                /* frames that came damaged */
    uint64_t link_changes;
    uint64_t resets;                        /* of a card that was stuck */
};

struct nic {
    const struct nic_driver *driver;
    uint8_t mac[NIC_MAC_BYTES];
    int fd;           /* readable when receive() has something to do */
    int link_fd;      /* readable when link() has news; -1: link() must be
                       * asked each second */
    bool wants_write; /* flush() could not send all frames: it is to be called
                       * again when fd is writable */
    bool is_awaited;  /* a frame found no space; for netif_ethernet.c alone */
    struct nic_counts counts;
};

/* Takes a frame that was received.  is_vouched: the frame comes from this
 * machine or hypervisor and its transport checksum has not been filled in. */
typedef void nic_frame_function(void *opaque, const uint8_t *frame,
                                size_t bytes, bool is_vouched);

struct nic_driver {
    const char *prefix; /* with which its specifications begin: "netdev:" */

    /* Called as root, with the specification behind the prefix.  Returns 0, or
     * -1 with a message that names the cure. */
    int (*open)(struct nic **nic, const char *specification);
    void (*close)(struct nic *nic);

    /* Hands over the frames that came, one batch at the most, and returns how
     * many there were.  It may be called whether or not fd was readable. */
    unsigned int (*receive)(struct nic *nic, nic_frame_function *deliver,
                            void *opaque);

    /* Called once fd was readable and nothing else is left to do: makes fd
     * readable for the next frame, or leaves it readable for another batch.
     * Until then the next frames do not interrupt.  NULL when receive() does
     * this itself. */
    void (*rearm)(struct nic *nic);

    /* transmit_space() returns space for one frame of up to
     * NIC_TRANSMIT_BYTES_MAX bytes, or NULL when the queue is full.  The
     * caller fills it; transmit() puts it at the end of the queue, which
     * flush() sends. */
    uint8_t *(*transmit_space)(struct nic *nic);
    void (*transmit)(struct nic *nic, size_t bytes);
    void (*flush)(struct nic *nic);

    enum nic_link (*link)(struct nic *nic);

    /* Called once a second, for faults that nothing else tells of.  NULL when
     * there are none. */
    void (*check)(struct nic *nic);

    /* Lets frames to this multicast address in. */
    void (*accept_group)(struct nic *nic, const uint8_t *mac);

    /* The system calls of the driver once it is open, for confine(). */
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

/* Opens the card by the driver whose prefix the specification begins with.
 * Returns 0, or -1 with a message. */
int nic_open(struct nic **nic, const char *specification);

/* Whether "pci:..." has a driver for a card with these IDs. */
bool nic_drives_pci(unsigned int vendor, unsigned int device);

#endif
