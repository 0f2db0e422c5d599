/* SPDX-License-Identifier: BSD-2-Clause */
/* hypercall.h - the one thing that the guest asks of Xen: to take pages back */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <stdbool.h>
#include <stdint.h>

/* False: there is no Xen under us. */
bool hypercall_start(void);

/* Frames first, first + 1, ... go back to Xen, one by one (decrease
 * reservation); returns how many went. */
uint32_t hypercall_give_back(uint32_t first, uint32_t count);

#endif
