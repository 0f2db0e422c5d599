/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_protocol.h - what the net role and mediatorctl attach say to each
 * other
 *
 * A SOCK_SEQPACKET pair.  Each packet to the client is a frame: bytes to
 * show, and the offset in the guest's output at which those after them begin.
 * A client whose socket was closed (a net role that died) asks for a new one
 * from that offset on, and gets every byte once.  A packet from the client is
 * what was typed, bare.
 */
#ifndef MEDIATOR_ATTACH_PROTOCOL_H
#define MEDIATOR_ATTACH_PROTOCOL_H

#include <stdint.h>

#define ATTACH_BYTES_MAX 4096 /* in a frame */
#define ATTACH_INPUT_MAX 1024 /* in a packet from the client */

struct attach_frame {
    uint64_t next; /* or ATTACH_REFUSED */
    uint8_t bytes[ATTACH_BYTES_MAX];
};

/* The bytes say why; the socket is closed, and coming again is no use. */
#define ATTACH_REFUSED UINT64_MAX

#define ATTACH_HEADER_BYTES sizeof(uint64_t)

#endif
