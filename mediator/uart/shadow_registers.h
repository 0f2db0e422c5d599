/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shadow_registers.h - registers that Xen reads for us, from a page that it
 * shares with this process
 *
 * An entry is valid only while reading the register has no side effect, and
 * has its right value whatever posted writes are still to come.  This process
 * alone stores entries, each by one store; a guest's read takes the old value
 * or the new one.
 */
#ifndef MEDIATOR_SHADOW_REGISTERS_H
#define MEDIATOR_SHADOW_REGISTERS_H

#include "uart/uart.h"

struct shadow_registers {
    volatile uint16_t *entries; /* IOREQ_SHADOW_NUM; NULL: there is no page */
    uint16_t first_port;        /* the guest's port of register 0 */
};

/* Makes the page show what the UART's registers are in its committed state.
 * Call it after each commit, before a request is answered and before Xen is
 * told of the interrupt line. */
void shadow_registers_update(struct shadow_registers *shadow,
                             const struct uart *uart,
                             const struct uart_state *state);

#endif
