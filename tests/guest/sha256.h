/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sha256.h - SHA-256 [FIPS 180-4], so that a guest can tell what it sent
 */
#ifndef GUEST_SHA256_H
#define GUEST_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_TEXT (2 * SHA256_BYTES + 1)

struct sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
};

void sha256_start(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *data, size_t size);

/* Ends the computation and writes the hash as 64 lower-case hex digits and a
 * NUL. */
void sha256_text(struct sha256 *sha, char text[SHA256_TEXT]);

#endif
