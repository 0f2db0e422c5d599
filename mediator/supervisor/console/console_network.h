/* SPDX-License-Identifier: BSD-2-Clause */
/* console_network.h - what the net role is told of a console */
#ifndef MEDIATOR_CONSOLE_NETWORK_H
#define MEDIATOR_CONSOLE_NETWORK_H

#include <stdbool.h>

struct console;

/* Whether the net role is to have the console at all. */
bool console_is_on_network(const struct console *console);

/* The net role, which is ready, is to listen for the console; its answer comes
 * as console_net_answered().  Fails with a message. */
int console_network_add(struct console *console);

/* The net role lets go of the console, if it has it. */
void console_network_remove(struct console *console);

#endif
