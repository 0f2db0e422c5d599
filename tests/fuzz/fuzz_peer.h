/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_peer.h - the machines at the other end of the fuzzed net role's cable
 *
 * It makes frames whose checksums are right, so that they get past the first
 * look, and knows from what the stack sends which sequence numbers come next.
 */
#ifndef TESTS_FUZZ_PEER_H
#define TESTS_FUZZ_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_FRAME_BYTES_MAX 9216
#define PEER_PORT            1234 /* the console's */
#define PEER_CONNECTIONS     8    /* the last two over IPv6 */

struct peer_segment {
    unsigned int which;              /* the connection, modulo their number */
    uint8_t flags;
    uint32_t seq_offset, ack_offset; /* added to the numbers that are right */
    uint16_t window;
    size_t option_bytes;             /* padded to 4 */
    size_t data_bytes;               /* of letters, over and over */
    uint8_t options[40];
};

/* As if no frame had been sent yet. */
void peer_forget(void);

/* Each makes a frame of at most PEER_FRAME_BYTES_MAX bytes to the stack and
 * returns its length. */
size_t peer_make_segment(uint8_t *frame, const struct peer_segment *segment);
size_t peer_make_packet4(uint8_t *frame, uint8_t protocol,
                         const uint8_t *payload, size_t bytes);
size_t peer_make_packet6(uint8_t *frame, uint8_t next, uint8_t destination,
                         const uint8_t *payload, size_t bytes);
size_t peer_make_arp(uint8_t *frame, uint8_t operation);
size_t peer_make_dhcp(uint8_t *frame, uint8_t type, const uint8_t *options,
                      size_t bytes);

/* A frame from the stack.  Aborts if it is none that a stack should send. */
void peer_take(const uint8_t *frame, size_t bytes);

#endif
