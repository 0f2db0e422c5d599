/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_record.h - what the supervisor must know again after a restart
 *
 * A JSON file in the console's folder, replaced as a whole.
 */
#ifndef MEDIATOR_CONSOLE_RECORD_H
#define MEDIATOR_CONSOLE_RECORD_H

#include <stdbool.h>

struct console;

/* What it says depends on the state: an IDLE console has no domain.  Fails
 * with a message. */
int console_record_save(const struct console *console);

/* Fills in guest and options of the console in folder key, and its domain,
 * server and tty if has_domain says that it had one.  Fails with a message. */
int console_record_load(struct console *console, const char *directory,
                        const char *key, bool *has_domain);

#endif
