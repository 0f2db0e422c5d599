/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_record.h - what the supervisor must know again after a restart
 *
 * A JSON file in the console's folder, replaced as a whole.
 */
#ifndef MEDIATOR_CONSOLE_RECORD_H
#define MEDIATOR_CONSOLE_RECORD_H

#include "supervisor/console/console.h"

int console_record_save(const struct console *console);

/* Fills in guest, options, domain, server and tty of the console in folder
 * key.  state becomes SERVING when there was a domain, else IDLE. */
int console_record_load(struct console *console, const char *directory,
                        const char *key);

#endif
