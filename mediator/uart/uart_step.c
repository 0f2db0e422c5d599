/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_step.c - begin, commit and end of a change of the UART's state
 */
#include "uart/uart_step.h"

struct uart_state *uart_step_begin(struct uart_role *role)
{
    role->uart.state = &journal_work(&role->journal)->uart;
    return role->uart.state;
}

void uart_step_commit(struct uart_role *role)
{
    uart_update_irq(&role->uart);
    journal_commit(&role->journal, 0);
    shadow_registers_update(&role->server.shadow, &role->uart,
                            journal_current(&role->journal));
    interrupt_line_put_off(&role->line);
}

void uart_step_end(struct uart_role *role)
{
    uart_step_commit(role);
    interrupt_line_tell(&role->line);
}
