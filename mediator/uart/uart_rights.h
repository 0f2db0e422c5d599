/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_rights.h - what a uart role keeps when all is open
 */
#ifndef MEDIATOR_UART_RIGHTS_H
#define MEDIATOR_UART_RIGHTS_H

#include <stdbool.h>

/* Becomes `user`, and gives up what serving does not need (confine.h).
 * has_wire: the console has a tty.  0, or -1 with a message logged. */
int uart_rights_keep(const char *user, bool has_wire);

#endif
