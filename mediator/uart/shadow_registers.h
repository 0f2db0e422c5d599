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
    volatile uint16_t *entries; /* IOREQ_SHADOW_NUM; NULL: none */
    uint16_t first_port;
};

/* Makes the page show what the UART's registers are in its committed state.
 * Before a request is answered, and before an interrupt line moves. */
void shadow_registers_update(struct shadow_registers *shadow,
                             const struct uart *uart,
                             const struct uart_state *state);

#endif
