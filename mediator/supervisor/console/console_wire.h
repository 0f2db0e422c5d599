/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_wire.h - the tty of wire=, which the supervisor holds open
 *
 * It reads and writes nothing there.  Linux forgets the bytes of a tty that
 * nobody has open, and drops DTR: held, it outlives a uart role that dies.
 */
#ifndef MEDIATOR_CONSOLE_WIRE_H
#define MEDIATOR_CONSOLE_WIRE_H

#include <stdbool.h>

struct console;

/* 0 also for a console without a wire.  Fails when it is no tty, or somebody
 * has it. */
int console_wire_hold(struct console *console);
void console_wire_let_go(struct console *console);

/* Are both wires the same tty, by whatever names? */
bool console_wire_is_same(const struct console *console,
                          const struct console *other);

#endif
