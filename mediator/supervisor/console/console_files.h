/* SPDX-License-Identifier: BSD-2-Clause */
/* console_files.h - a console's folder: made, looked into, removed */
#ifndef MEDIATOR_CONSOLE_FILES_H
#define MEDIATOR_CONSOLE_FILES_H

#include "supervisor/console/console.h"

/* Makes what is missing of the folder and opens the read-only views.  A ring
 * that cannot be believed, or whose history has another size now, is made
 * anew. */
int console_files_prepare(struct console *console);

/* Closes the views; the files stay. */
void console_files_close(struct console *console);

/* Removes the folder. */
void console_files_remove(struct console *console);

#endif
