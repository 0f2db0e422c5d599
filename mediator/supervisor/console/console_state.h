/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_state.h - how a console gets from one state to the next
 *
 *     NEW ------> IDLE <---------------------------+
 *      |  \        |  \                            |
 *      |   +---+   |   +------------------+        |
 *      |       v   v                      v        |
 *      |      STARTING --> SERVING --> REMOVING ---+
 *      |          |          ^   \        ^        |
 *      +----------|----------+    v       |        |
 *                 |             ENDING ---|--------+
 *                 +-----------------------+--------+
 */
#ifndef MEDIATOR_CONSOLE_STATE_H
#define MEDIATOR_CONSOLE_STATE_H

#include "supervisor/console/console.h"

/* How long a state may last that must not last.  An xl that waits for a start
 * gives up after 10 s: it shall hear the reason before. */
#define CONSOLE_START_SECONDS 8.0
#define CONSOLE_DEADLINE_SECONDS 10.0

extern const char *const console_state_names[CONSOLE_STATES];

/* Moves the console to another state and does what entering it means: its
 * deadline begins, the record on disk follows, what it has of a domain is
 * published or given back, the uart role is told, the log says so.  Nothing
 * else changes a state.  A transition that is not permitted changes nothing
 * and fails with a message.
 *
 * STARTING has no record of its own before the caller has saved it: that this
 * fails is a reason to refuse a serve. */
int console_enter(struct console *console, enum console_state state);

#endif
