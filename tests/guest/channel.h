/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * channel.h - the command channel: COM2, and a copy of our lines to port e9
 *
 * Port e9 is Xen's HVM debug port: lines come out in Xen's log (with
 * guest_loglvl=all).  It works where there is no COM2.
 */
#ifndef GUEST_CHANNEL_H
#define GUEST_CHANNEL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Sets COM2 up.  Returns whether there is a UART. */
bool channel_start(void);

/* Adds to the line that is being made, and sends it when \n comes. */
__attribute__((format(printf, 1, 2)))
void channel_printf(const char *format, ...);
void channel_vprintf(const char *format, va_list args);

/* Waits for a line, in naps, and stores it without its line end.  Returns
 * false when it was longer than size - 1; it is lost then. */
bool channel_read_line(char *line, size_t size);

/* Waits until the last bit has left, for commands that do not come back. */
void channel_drain(void);

#endif
