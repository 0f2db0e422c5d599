/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access_list.h - the addresses and networks that may connect to a console:
 * allow=192.168.0.0/24,10.1.2.3,fd00::/8
 *
 * A space may stand for a comma, because a comma ends an item in xl.cfg and
 * mediator.cfg.
 */
#ifndef MEDIATOR_ACCESS_LIST_H
#define MEDIATOR_ACCESS_LIST_H

#include <stdbool.h>
#include <stdint.h>

#define ACCESS_LIST_MAX   16  /* entries */
#define ACCESS_LIST_BYTES 256 /* of its text, with the NUL */

/* An IPv4 address is kept as IPv6's ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct access_address {
    uint8_t bytes[16];
};

struct access_list {
    unsigned int count; /* of entries; 0: everybody may connect */
    struct {
        struct access_address address;
        uint8_t bits; /* how many of its first bits must agree */
    } entries[ACCESS_LIST_MAX];
};

/* Parses the text, of which "" lets everybody in.  Returns 0, or -1 with a
 * message that names the wrong entry. */
int access_list_parse(struct access_list *list, const char *text);

/* Whether a client with this address may connect. */
bool access_list_allows(const struct access_list *list,
                        const struct access_address *address);

/* address is in network byte order, as it stands in a packet. */
struct access_address access_address_ipv4(uint32_t address);

#endif
