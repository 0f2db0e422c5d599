/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys_arch.h - the clock that lwIP's unit tests set
 *
 * It stands in the place of lwIP's test/unit/arch/sys_arch.h, which is for
 * NO_SYS=0.
 */
#ifndef TESTS_LWIP_ARCH_SYS_ARCH_H
#define TESTS_LWIP_ARCH_SYS_ARCH_H

#include "lwip/arch.h"

extern u32_t lwip_sys_now; /* what sys_now() returns, in ms */

#endif
