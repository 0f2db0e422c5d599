/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hypercall.h - the one request that the guest makes to Xen: to take pages
 * back
 */
#ifndef GUEST_HYPERCALL_H
#define GUEST_HYPERCALL_H

#include <stdbool.h>
#include <stdint.h>

/* Sets up the hypercall page.  Returns whether there is a Xen under us. */
bool hypercall_start(void);

/* Gives the frames first, first + 1, ... back to Xen, one by one (decrease
 * reservation).  Returns how many Xen took. */
uint32_t hypercall_give_back(uint32_t first, uint32_t count);

#endif
