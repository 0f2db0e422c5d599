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

#include "lwip/sys.h"

#include "shared/log.h"

#define ASSERT_PLACES_MAX 64

static uint64_t assert_count;

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

void lwip_system_assert_failed(const char *claim, const char *file, int line)
{
    assert_count++;
    if (is_first_failure(file, line))
        log_warning("lwIP: \"%s\" does not hold at %s:%d; carrying on", claim,
                    file, line);
}

uint64_t lwip_system_assert_count(void)
{
    return assert_count;
}
