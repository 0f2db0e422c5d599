/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_break.h - a break for a guest, from the request to the answer
 *
 * The guest's input has one queue, the in ring, and one writer, the net role.
 * So the net role is asked to put the break there, behind all that was typed,
 * and its answer is the request's.  Where no net role is wanted (nic = "none")
 * nobody types, and the supervisor is the ring's writer.
 *
 * Success means that the break stands in the queue: the guest receives it
 * once, in its place, whichever process of mediatord dies from then on.
 */
#ifndef MEDIATOR_CONSOLE_BREAK_H
#define MEDIATOR_CONSOLE_BREAK_H

#include <stdint.h>

#include "supervisor/console/console.h"

/* Asks for a break.  name NULL: the guest's only console.  Fails at once with
 * -1 and a message, without a call of done; or returns 0, and done is called
 * later, or before this returns. */
int console_break(struct console_list *list, const char *guest,
                  const char *name, console_done *done, void *opaque);

/* The net role has answered the break of that number; problem is NULL when it
 * was sent.  A number that nobody waits for means nothing. */
void console_break_answered(struct console_list *list, uint32_t number,
                            const char *problem);

/* The net role has ended: nobody knows what became of the breaks that it has
 * not answered, and who waits is told so. */
void console_breaks_net_gone(struct console_list *list);

/* Whoever waited for a break is gone. */
void console_breaks_forget(struct console_list *list, void *opaque);

#endif
