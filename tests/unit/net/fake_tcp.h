/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_tcp.h - lwIP's raw TCP calls as a test's own: a connection takes what
 * it has room for, and the test looks at what it took
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
    uint8_t *delivered; /* DELIVERED_BYTES, for what was written */
    size_t delivered_bytes;
    bool has_fin, is_aborted, is_closed;
    unsigned int recved; /* the sum of what tcp_recved() was told */
};

/* A connection of a peer with our segment size that takes `room` bytes.  The
 * test hands it to whoever accepts it, and frees it in the end: an owner that
 * still has it is told of a reset. */
struct connection *connection_new(size_t room);
void connection_free(struct connection *connection);

/* The one port that may be listened on at a time. */
extern struct fake_listener {
    struct connection connection;
    tcp_accept_fn accept;
    bool is_out_of_connections, is_port_taken; /* the test says so */
} fake_listener;

/* Somebody connects to that port.  Returns what its owner says of it. */
err_t fake_listener_connect(struct tcp_pcb *pcb);

#endif
