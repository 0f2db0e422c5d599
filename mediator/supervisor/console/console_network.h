/* SPDX-License-Identifier: BSD-2-Clause */
/* console_network.h - what the net role is told of a console */
#ifndef MEDIATOR_CONSOLE_NETWORK_H
#define MEDIATOR_CONSOLE_NETWORK_H

#include <stdbool.h>

struct console;

/* Whether the net role is to have the console at all. */
bool console_is_on_network(const struct console *console);

/* After how many seconds a console that the net role could not be given, or
 * could not listen for, is tried again. */
#define CONSOLE_NETWORK_RETRY 30.0

/* The net role, which is ready, is to listen for the console; its answer comes
 * as console_net_answered().  Fails with a message, and is tried again
 * later. */
int console_network_add(struct console *console);

/* Tells the net role whether the console has a guest, if it has changed and
 * the net role has the console: what is typed meanwhile is for nobody. */
void console_network_tell_guest(struct console *console);

/* The net role listens for the console, or could not, and is asked again
 * later. */
void console_network_answered(struct console *console, bool is_listening);

/* The net role died. */
void console_network_gone(struct console *console);

/* The net role lets go of the console, if it has it. */
void console_network_remove(struct console *console);

#endif
