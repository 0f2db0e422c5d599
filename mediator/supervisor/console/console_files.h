/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_files.h - a console's folder: made, looked into, removed
 *
 * console_paths.h says which files there are.
 */
#ifndef MEDIATOR_CONSOLE_FILES_H
#define MEDIATOR_CONSOLE_FILES_H

struct console;

/* Makes what is missing of the folder and opens the read-only views of the
 * rings.  A ring that cannot be believed, or whose history is to have another
 * size now, is made anew.  Fails with a message. */
int console_files_prepare(struct console *console);

/* Closes the views; the files stay. */
void console_files_close(struct console *console);

/* Removes the folder. */
void console_files_remove(struct console *console);

#endif
