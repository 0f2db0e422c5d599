/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cc.h - lwIP's view of compiler and system; lwip_system.c implements it
 */
#ifndef LWIP_PORT_ARCH_CC_H
#define LWIP_PORT_ARCH_CC_H

#include <stdint.h>

/* From the kernel's random numbers, a buffer at a time. */
uint32_t lwip_system_random(void);

/* Logs the first failure at each place and counts all: an assertion that a
 * packet can trip must not stop everybody's consoles. */
void lwip_system_assert_failed(const char *claim, const char *file, int line);

/* How often. */
uint64_t lwip_system_assert_count(void);

#define LWIP_RAND() lwip_system_random()
#define LWIP_PLATFORM_DIAG(x) do { } while (0)
#define LWIP_PLATFORM_ASSERT(x) \
    lwip_system_assert_failed((x), __FILE__, __LINE__)

#endif
