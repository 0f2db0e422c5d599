/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_tcp.h - lwIP's raw TCP calls, as a test's own: `room` is what a
 * connection takes, `delivered` what it took
 */
#ifndef TESTS_FAKE_TCP_H
#define TESTS_FAKE_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/tcp.h"

#define DELIVERED_BYTES (1u << 20)

struct connection {
    struct tcp_pcb pcb; /* first */
    size_t room;        /* tcp_write() says ERR_MEM beyond it */
    uint8_t *delivered;
    size_t delivered_bytes;
    bool has_fin, is_aborted, is_closed;
    unsigned int recved;
};

#endif
