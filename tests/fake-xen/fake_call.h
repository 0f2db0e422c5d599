/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_call.h - what the fake libraries, or a test, and the fake hypervisor
 * say to each other
 *
 * A call is one packet; the answer is the same packet, filled in.
 */
#ifndef FAKE_CALL_H
#define FAKE_CALL_H

#include <stdint.h>

#define FAKE_CALL_TEXT 4096

/* What a connection is for.  A process has one connection for each library
 * handle. */
enum fake_kind {
    FAKE_KIND_NONE,
    FAKE_KIND_DEVICEMODEL,
    FAKE_KIND_PRIVCMD, /* a descriptor that no library knows */
    FAKE_KIND_FOREIGNMEMORY,
    FAKE_KIND_EVTCHN,
    FAKE_KIND_CTRL,
    FAKE_KIND_STORE,
    FAKE_KIND_STORE_EVENTS, /* the second connection of an xs_handle */
    FAKE_KIND_TEST,         /* it may do what no guest and no dom0 can */
};

enum fake_operation {
    FAKE_OPEN,     /* says a kind; the answer is a number for the connection */
    FAKE_RESTRICT, /* domid */

    FAKE_CREATE_SERVER,
    FAKE_MAP_RANGE,
    FAKE_QUERY_ATTRIBUTES,
    FAKE_SET_STATE,
    FAKE_DESTROY_SERVER,
    FAKE_NR_VCPUS,
    FAKE_SERVER_INFO,
    FAKE_SET_IRQ,

    FAKE_MAP_RESOURCE, /* the answer is an offset and a descriptor */
    FAKE_MAP_PAGE,     /* likewise */

    FAKE_BIND,

    FAKE_GET_INFO,

    FAKE_STORE_READ,
    FAKE_STORE_WRITE,
    FAKE_STORE_REMOVE,
    FAKE_STORE_DIRECTORY,
    FAKE_STORE_WATCH,
    FAKE_STORE_UNWATCH,

    FAKE_CREATE_DOMAIN,
    FAKE_DESTROY_DOMAIN,
    FAKE_SET_PAGE,
    FAKE_COUNT_UNRESTRICTED, /* library handles that are not restricted */
};

struct fake_call {
    uint32_t operation;
    uint32_t domid;
    int32_t error;      /* in the answer: an errno, or 0 */
    uint32_t text_bytes; /* how many of text are used */
    uint64_t values[4];
    char text[FAKE_CALL_TEXT];
};

#define FAKE_CALL_BYTES(call) \
    (offsetof(struct fake_call, text) + (call)->text_bytes)

#endif
