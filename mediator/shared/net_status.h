/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_status.h - what the net role tells mediatorctl status of its card and
 * addresses
 *
 * It is one page of shared memory in a file that outlives the role, so that
 * counters go on in the net role that comes next.
 */
#ifndef MEDIATOR_NET_STATUS_H
#define MEDIATOR_NET_STATUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/shared_file.h"

#define NET_STATUS_FILE       "net.state" /* in mediatord's directory */
#define NET_STATUS_TEXT_BYTES 256

/* Written by the net role only, each field by itself and all of them once a
 * second: what a reader sees fits together but for the last second. */
struct net_status_header {
    struct shared_file_header file;

    _Atomic uint32_t has_link;
    _Atomic uint32_t reserved;

    /* How many there were since mediatord's directory was made; the first
     * five count frames. */
    _Atomic uint64_t received, transmitted;
    _Atomic uint64_t receive_drops, transmit_drops, receive_errors;
    _Atomic uint64_t link_changes, resets;

    /* The last byte of each text is always 0; a reader may meet a text half
     * changed.  Addresses: "192.168.0.2 fd00::2".  Conflict: the MAC of who
     * uses our IPv4 address, too, or "". */
    _Atomic char addresses[NET_STATUS_TEXT_BYTES];
    _Atomic char conflict[NET_STATUS_TEXT_BYTES];
};

struct net_status {
    struct shared_file file;
    struct net_status_header *header; /* NULL when closed */
};

#define NET_STATUS_CLOSED ((struct net_status){ .file = SHARED_FILE_CLOSED })

/* For the net role.  Makes the file if it is not there, or of another
 * version.  Both return 0, or -1 with a message logged. */
int net_status_open_writer(struct net_status *status, const char *directory);

/* For everybody else. */
int net_status_open_reader(struct net_status *status, const char *directory);

/* The texts of the header: set_text() cuts off what does not fit, get_text()
 * changes what cannot stand in such a text into '?'. */
void net_status_set_text(_Atomic char *field, const char *text);
void net_status_get_text(const _Atomic char *field,
                         char text[NET_STATUS_TEXT_BYTES]);

/* One that is closed may be closed again. */
void net_status_close(struct net_status *status);

#endif
