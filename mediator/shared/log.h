/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.h - what operators read
 *
 * Lines go to stderr with the journal's priority prefix ("<3>..."), or
 * plainly when stderr is a terminal.  A message says what, where and what to
 * do about it.  Nothing on the way of a guest's access may log.
 */
#ifndef MEDIATOR_LOG_H
#define MEDIATOR_LOG_H

#include <stdbool.h>

#define LOG_TEXT_BYTES 512

/* who: printed before each message ("uart g1/com1"); copied. */
void log_set_name(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Logs, remembers the text for log_last_error() and returns -1, so that a
 * failing function reads `rc = log_error("..."); goto out;`. */
int log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with ": strerror(errno)" behind it. */
int log_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

void log_warning(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text of the last log_error() or log_errno() of this process; "" at the
 * start.  Roles send it to the supervisor, the supervisor to mediatorctl. */
const char *log_last_error(void);

#endif
