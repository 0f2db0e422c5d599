/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_role.h - the uart role, a process that serves one guest's UART
 */
#ifndef MEDIATOR_UART_ROLE_H
#define MEDIATOR_UART_ROLE_H

/* The role from its start to its end, with uart_arguments.h's command line.
 * Returns an exit status; the supervisor was told of an error. */
int uart_role_main(int argc, char **argv);

#endif
