/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_protocol.h - the packets between the net role and mediatorctl attach
 *
 * They go over a pair of SOCK_SEQPACKET sockets.  Each packet to mediatorctl
 * is a struct attach_frame: bytes to show, and the offset in the guest's
 * output at which the bytes after them begin.  When its socket is closed, as
 * by the death of the net role, mediatorctl asks for a new one from that
 * offset on, and so gets every byte once.  A packet from mediatorctl holds
 * what was typed, and nothing else.
 *
 * An empty packet from mediatorctl is a question.  It is answered by a frame
 * without bytes as soon as all that was typed before it is in the in ring, or
 * thrown away because the client may not type.  A break is not sent here but
 * asked for by control_protocol.h; it has its place among what is typed if it
 * is asked for behind such an answer.  mediatorctl does not ask unless the
 * answer to "attach" says that it may ("questions").
 */
#ifndef MEDIATOR_ATTACH_PROTOCOL_H
#define MEDIATOR_ATTACH_PROTOCOL_H

#include <stdint.h>

#define ATTACH_BYTES_MAX 4096 /* to show, in a frame */
#define ATTACH_INPUT_MAX 1024 /* in a packet from mediatorctl */

struct attach_frame {
    uint64_t next; /* the offset behind these bytes, or ATTACH_REFUSED */
    uint8_t bytes[ATTACH_BYTES_MAX];
};

/* The client is refused, the frame's bytes say why, and the socket is closed
 * after it.  Attaching again would not help. */
#define ATTACH_REFUSED UINT64_MAX

/* A frame's bytes before those to show. */
#define ATTACH_HEADER_BYTES sizeof(uint64_t)

#endif
