/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach_undo.h - what the guest did to the terminal, and undoing it
 *
 * A guest whose output was shown may have left the terminal on its alternate
 * screen, without a cursor, typing at each move of the mouse, in green.  When
 * mediatorctl attach ends, the next program there is not to find that.  What
 * the guest wrote is watched, and what is left of it is undone: nothing is
 * written that the guest gave no cause for.  Not undone: the window's title,
 * tab stops, and colours that the user had set by the same means.
 */
#ifndef MEDIATOR_ATTACH_UNDO_H
#define MEDIATOR_ATTACH_UNDO_H

#include <stddef.h>
#include <stdint.h>

/* Standard output is a terminal, and has these bytes now. */
void attach_undo_note(const uint8_t *bytes, size_t count);

/* Writes to standard output what undoes it; a second call finds nothing left.
 * A signal handler may call this.  A terminal that takes nothing is left as it
 * is. */
void attach_undo_write(void);

#endif
