/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_state.h - what the net role tells status: one page, a file that
 * outlives the role
 */
#ifndef MEDIATOR_NET_STATE_H
#define MEDIATOR_NET_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/shared_file.h"

#define NET_STATE_FILE       "net.state" /* in the directory */
#define NET_STATE_TEXT_BYTES 256

/* Written by the net role only, each field by itself: readers see numbers
 * that fit together within a second. */
struct net_state_header {
    struct shared_file_header file;

    _Atomic uint32_t has_link;
    _Atomic uint32_t reserved;

    /* Since mediatord's directory was made. */
    _Atomic uint64_t received, transmitted;    /* frames */
    _Atomic uint64_t receive_drops, transmit_drops, receive_errors;
    _Atomic uint64_t link_changes, resets;

    /* The last byte is always 0; a reader may meet a text half changed. */
    _Atomic char addresses[NET_STATE_TEXT_BYTES]; /* "192.168.0.2 fd00::2" */
    _Atomic char conflict[NET_STATE_TEXT_BYTES];  /* who has ours too */
};

struct net_state {
    struct shared_file file;
    struct net_state_header *header; /* NULL when closed */
};

#define NET_STATE_CLOSED ((struct net_state){ .file = SHARED_FILE_CLOSED })

/* The net role; makes the file if it is not there. */
int net_state_open_writer(struct net_state *state, const char *directory);
/* status. */
int net_state_open_reader(struct net_state *state, const char *directory);
void net_state_set_text(_Atomic char *field, const char *text);
void net_state_get_text(const _Atomic char *field,
                        char text[NET_STATE_TEXT_BYTES]);

/* Idempotent. */
void net_state_close(struct net_state *state);

#endif
