/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cc.h - what lwIP asks of the compiler and the system
 *
 * lwip_system.c defines the functions.
 */
#ifndef LWIP_PORT_ARCH_CC_H
#define LWIP_PORT_ARCH_CC_H

#include <stdint.h>

/* A random number of the kernel's, which are fetched a buffer at a time. */
uint32_t lwip_system_random(void);

/* What the process exits with when lwIP's memory is not sound. */
#define LWIP_SYSTEM_UNSOUND 70

/* Called when an assertion of lwIP's does not hold.  If lwIP can go on with
 * what it has, this logs the first failure at each place in the source, counts
 * all of them and returns: a packet must not stop everybody's consoles.  After
 * any other failure the process ends: its successor has all but the
 * connections. */
void lwip_system_assert_failed(const char *claim, const char *file, int line);

/* How many assertions have failed in this process. */
uint64_t lwip_system_assert_count(void);

#define LWIP_RAND() lwip_system_random()
#define LWIP_PLATFORM_DIAG(x) do { } while (0)
#define LWIP_PLATFORM_ASSERT(x) \
    lwip_system_assert_failed((x), __FILE__, __LINE__)

#endif
