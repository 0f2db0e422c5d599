/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_status.h - what the net role tells status: one page, a file that
 * outlives the role
 */
#ifndef MEDIATOR_NET_STATUS_H
#define MEDIATOR_NET_STATUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/shared_file.h"

#define NET_STATUS_FILE       "net.state" /* in the directory */
#define NET_STATUS_TEXT_BYTES 256

/* Written by the net role only, each field by itself: readers see numbers
 * that fit together within a second. */
struct net_status_header {
    struct shared_file_header file;

    _Atomic uint32_t has_link;
    _Atomic uint32_t reserved;

    /* Since mediatord's directory was made. */
    _Atomic uint64_t received, transmitted;    /* frames */
    _Atomic uint64_t receive_drops, transmit_drops, receive_errors;
    _Atomic uint64_t link_changes, resets;

    /* The last byte is always 0; a reader may meet a text half changed. */
    _Atomic char addresses[NET_STATUS_TEXT_BYTES]; /* "192.168.0.2 fd00::2" */
    _Atomic char conflict[NET_STATUS_TEXT_BYTES];  /* who has ours too */
};

struct net_status {
    struct shared_file file;
    struct net_status_header *header; /* NULL when closed */
};

#define NET_STATUS_CLOSED ((struct net_status){ .file = SHARED_FILE_CLOSED })

/* The net role; makes the file if it is not there. */
int net_status_open_writer(struct net_status *status, const char *directory);
/* status. */
int net_status_open_reader(struct net_status *status, const char *directory);
void net_status_set_text(_Atomic char *field, const char *text);
void net_status_get_text(const _Atomic char *field,
                         char text[NET_STATUS_TEXT_BYTES]);

/* Idempotent. */
void net_status_close(struct net_status *status);

#endif
