/* SPDX-License-Identifier: BSD-2-Clause */
/* console_restore.h - the consoles that are there when mediatord begins */
#ifndef MEDIATOR_CONSOLE_RESTORE_H
#define MEDIATOR_CONSOLE_RESTORE_H

#include "supervisor/console/console_list.h"

/* Takes up the consoles that an earlier mediatord left in the directory, and
 * makes those that mediator.cfg names, up to the limit of consoles.  What one
 * of them lacks is a warning, and is tried again later; one whose record
 * cannot be read is left as it is.  Fails, with a message, when the directory
 * cannot be read. */
int console_restore_all(struct console_list *list);

#endif
