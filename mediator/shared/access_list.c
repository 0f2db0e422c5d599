/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access_list.c - parses the networks of allow= and compares addresses with
 * them
 */
#include "shared/access_list.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/log.h"

#define IPV4_PREFIX_BITS 96

struct access_address access_address_ipv4(uint32_t address)
{
    struct access_address mapped = {
        .bytes = { [10] = 0xff, [11] = 0xff },
    };

    memcpy(mapped.bytes + 12, &address, sizeof(address));
    return mapped;
}

/* Whether the first `bits` bits of both addresses are equal. */
static bool agree(const uint8_t *one, const uint8_t *other, unsigned int bits)
{
    unsigned int bytes = bits / 8, rest = bits % 8;
    uint8_t mask = (uint8_t)(0xff00 >> rest);

    return !memcmp(one, other, bytes) &&
           (rest == 0 || !((one[bytes] ^ other[bytes]) & mask));
}

/* Whether all bits of the address behind the first `bits` are 0. */
static bool is_zero_behind(const uint8_t *bytes, unsigned int bits)
{
    unsigned int i;

    for (i = bits; i < 128; i++)
        if (bytes[i / 8] & (0x80 >> i % 8))
            return false;
    return true;
}

/* Parses what stands behind the slash, a number of 0 to max. */
static bool parse_bits(const char *text, unsigned int max, unsigned int *bits)
{
    char *end;
    unsigned long number;

    if (!isdigit((unsigned char)*text))
        return false;
    number = strtoul(text, &end, 10);
    *bits = (unsigned int)number;
    return !*end && number <= max;
}

/* Adds "ADDRESS" or "ADDRESS/BITS" to the list. */
static int parse_entry(struct access_list *list, const char *text)
{
    char copy[64], *slash;
    uint8_t *bytes = list->entries[list->count].address.bytes;
    unsigned int bits = 128, first = 0;
    struct in_addr ipv4;

    if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
        return log_error("allow=: \"%.64s\" is too long for an address", text);
    slash = strchr(copy, '/');
    if (slash)
        *slash++ = '\0';
    if (inet_pton(AF_INET, copy, &ipv4) == 1) {
        list->entries[list->count].address = access_address_ipv4(ipv4.s_addr);
        first = IPV4_PREFIX_BITS;
    } else if (inet_pton(AF_INET6, copy, bytes) != 1) {
        return log_error("allow=: \"%s\" is no address; write 192.168.0.0/24, "
                         "say", text);
    }
    if (slash && !parse_bits(slash, 128 - first, &bits))
        return log_error("allow=: \"%s\" wants 0 to %u bits behind the slash",
                         text, 128 - first);
    if (slash)
        bits += first;
    /* With bits set behind the mask the entry is likely a mistake, which might
     * let half the world in. */
    if (!is_zero_behind(bytes, bits))
        return log_error("allow=: \"%s\" has bits set behind the first %u; "
                         "write the network's address", text, bits - first);
    list->entries[list->count++].bits = (uint8_t)bits;
    return 0;
}

int access_list_parse(struct access_list *list, const char *text)
{
    char copy[ACCESS_LIST_BYTES], *next = copy, *entry;
    int rc = 0;

    *list = (struct access_list){ .count = 0 };
    if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
        return log_error("allow=: longer than %d bytes",
                         ACCESS_LIST_BYTES - 1);
    if (!*copy)
        return 0;
    while (!rc && (entry = strsep(&next, ", "))) {
        if (list->count == ACCESS_LIST_MAX)
            return log_error("allow=: more than %d entries", ACCESS_LIST_MAX);
        rc = parse_entry(list, entry);
    }
    return rc;
}

bool access_list_allows(const struct access_list *list,
                        const struct access_address *address)
{
    unsigned int i;

    for (i = 0; i < list->count; i++)
        if (agree(list->entries[i].address.bytes, address->bytes,
                  list->entries[i].bits))
            return true;
    return list->count == 0;
}
