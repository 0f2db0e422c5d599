/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * siphash.h - SipHash-2-4, a keyed hash of short messages
 *
 * [Aumasson, Bernstein: SipHash: a fast short-input PRF, 2012]
 */
#ifndef LWIP_PORT_SIPHASH_H
#define LWIP_PORT_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_BYTES 16

/* The hash of `bytes` bytes of message under the key. */
uint64_t siphash(const uint8_t key[SIPHASH_KEY_BYTES], const void *message,
                 size_t bytes);

#endif
