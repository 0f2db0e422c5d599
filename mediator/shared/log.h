/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.h - messages for operators
 *
 * Lines go to stderr, with a priority prefix ("<3>...") if it is systemd's
 * journal that reads them there.  Control characters come out as \x1b and the
 * like (printable.h): names of guests stand in messages.  A message says what
 * is wrong, where, and what to do about it.  Nothing on the way of a guest's
 * access may log.
 */
#ifndef MEDIATOR_LOG_H
#define MEDIATOR_LOG_H

#include <stdbool.h>

#define LOG_TEXT_BYTES 512 /* of a message; a longer one is cut off */

/* Sets the name that is printed before each message, such as "uart
 * g1/com1". */
void log_set_name(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Logs an error, remembers the text for log_last_error() and returns -1, so
 * that a failing function reads `rc = log_error("..."); goto out;`. */
int log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with a colon and strerror(errno) behind the text. */
int log_errno(const char *format, ...) __attribute__((format(printf, 1, 2)));

void log_warning(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text of this process's last log_error() or log_errno(); "" when there
 * was none.  A role sends it to the supervisor, which sends it to
 * mediatorctl. */
const char *log_last_error(void);

#endif
