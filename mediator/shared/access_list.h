/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access_list.h - "192.168.0.0/24,10.1.2.3,fd00::/8", understood: who may
 * connect to a console
 *
 * A space will do for a comma, which ends an item in xl.cfg and mediator.cfg.
 */
#ifndef MEDIATOR_ACCESS_LIST_H
#define MEDIATOR_ACCESS_LIST_H

#include <stdbool.h>
#include <stdint.h>

#define ACCESS_LIST_MAX   16
#define ACCESS_LIST_BYTES 256 /* of its text */

/* An IPv4 address is kept as IPv6's ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct access_address {
    uint8_t bytes[16];
};

struct access_list {
    unsigned int count; /* 0: everybody */
    struct {
        struct access_address address;
        uint8_t bits;
    } entries[ACCESS_LIST_MAX];
};

/* Fails with a message that names the entry.  "" is everybody. */
int access_list_parse(struct access_list *list, const char *text);

bool access_list_allows(const struct access_list *list,
                        const struct access_address *address);

/* In network byte order, as it stands in a packet. */
struct access_address access_address_ipv4(uint32_t address);

#endif
