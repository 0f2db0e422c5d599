/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwip_system.c - what lwIP needs of the system: the clock, random numbers
 * and a place to report failed assertions (arch/cc.h)
 */
#include "arch/cc.h"

#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "lwip/sys.h"

#include "shared/log.h"

#define ASSERT_PLACES_MAX 64

static uint64_t assert_count;

/* The claims after whose failure lwIP's memory is sound.  All others are about
 * buffers, queues and lists: going on with those would be an attacker's
 * chance.  A claim of another version of lwIP that is not here ends the role,
 * too. */
static const char *const harmless_claims[] = {
    /* One connection's window is wrong.  What it may make us keep has bounds
     * of its own: client_space(), TCP_OOSEQ_MAX_BYTES. */
    "tcp_receive: segment not trimmed correctly to rcv_wnd\n",
    "tcp_receive: segment not trimmed correctly to ooseq queue\n",
    "tcp_receive: tcplen > rcv_wnd\n",
    "tcp_receive: ooseq tcplen > rcv_wnd\n",
    "new_rcv_ann_wnd <= 0xffff",
    /* lwIP looks for something to send and checks whether there is any. */
    "tcp_slowtimr: persist ticking with in-flight data",
    "tcp_slowtimr: persist ticking with empty send buffer",
    /* It returns NULL, as it does without memory.  A long ping suffices. */
    "mem_malloc(): no pool is that big!",
};

/* lwIP's clock, in ms. */
u32_t sys_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u32_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint32_t lwip_system_random(void)
{
    static uint32_t numbers[64];
    static size_t left;
    ssize_t r;

    if (left == 0) {
        /* Up to 256 bytes come whole or not at all, and getrandom() cannot
         * fail once the system has its entropy, as dom0 has by now. */
        do {
            r = getrandom(numbers, sizeof(numbers), 0);
        } while (r != sizeof(numbers));
        left = sizeof(numbers) / sizeof(numbers[0]);
    }
    return numbers[--left];
}

/* Whether no assertion has failed at this place in the source before. */
static bool is_first_failure(const char *file, int line)
{
    static struct {
        const char *file;
        int line;
    } places[ASSERT_PLACES_MAX];
    static size_t count;
    size_t i;

    for (i = 0; i < count; i++)
        if (places[i].line == line && !strcmp(places[i].file, file))
            return false;
    if (count == ASSERT_PLACES_MAX)
        return false;
    places[count].file = file;
    places[count++].line = line;
    return true;
}

static bool is_harmless(const char *claim)
{
    size_t i;

    for (i = 0; i < sizeof(harmless_claims) / sizeof(*harmless_claims); i++)
        if (!strcmp(claim, harmless_claims[i]))
            return true;
    return false;
}

void lwip_system_assert_failed(const char *claim, const char *file, int line)
{
    assert_count++;
    if (!is_harmless(claim)) {
        log_error("lwIP: \"%s\" does not hold at %s:%d; its memory cannot be "
                  "trusted any more: this role ends, and another takes over",
                  claim, file, line);
        _exit(LWIP_SYSTEM_UNSOUND);
    }
    if (is_first_failure(file, line))
        log_warning("lwIP: \"%s\" does not hold at %s:%d; carrying on", claim,
                    file, line);
}

uint64_t lwip_system_assert_count(void)
{
    return assert_count;
}
