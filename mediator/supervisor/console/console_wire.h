/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_wire.h - the tty of wire=, which the supervisor holds open
 *
 * The supervisor reads and writes nothing there.  Linux forgets the bytes of a
 * tty that nobody has open, and drops DTR; while the supervisor has it open,
 * both outlive a uart role that dies.
 */
#ifndef MEDIATOR_CONSOLE_WIRE_H
#define MEDIATOR_CONSOLE_WIRE_H

#include <stdbool.h>

struct console;

/* Opens the tty; does nothing for a console without a wire.  Fails, with a
 * message, when it is no tty, or when somebody else has it. */
int console_wire_hold(struct console *console);

/* Closes it again, if it is held, and looks for it no more. */
void console_wire_let_go(struct console *console);

/* To be called once for a console that was just made. */
void console_wire_init(struct console *console);

/* The tty is gone: hung up, or pulled out.  It is let go, so that Linux can
 * give its name to the next one, and looked for from time to time.  When it is
 * there again, it is held, and the uart role is given it. */
void console_wire_lost(struct console *console);

/* Whether both wires are the same tty, by whatever names. */
bool console_wire_is_same(const struct console *console,
                          const struct console *other);

#endif
