/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.c - writes messages to stderr, a line each
 */
#include "shared/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "shared/printable.h"

static char process_name[128] = "mediatord";
static char last_error[LOG_TEXT_BYTES];
static bool is_journal; /* who reads stderr; asked once, because a confined
                         * role may not ask */

/* systemd.exec(5), JOURNAL_STREAM: the device and inode of the journal's
 * socket, which is stderr unless somebody redirected it. */
static bool is_journal_reading(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uint64_t device, inode;
    struct stat status;

    return stream &&
           sscanf(stream, "%" SCNu64 ":%" SCNu64, &device, &inode) == 2 &&
           !fstat(STDERR_FILENO, &status) && status.st_dev == device &&
           status.st_ino == inode;
}

void log_set_name(const char *format, ...)
{
    char name[sizeof(process_name)];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(name, sizeof(name), format, arguments);
    va_end(arguments);
    printable(process_name, sizeof(process_name), name);
    is_journal = is_journal_reading();
}

/* A name in it must not make a second line, nor move a terminal's cursor. */
static void write_line(int priority, const char *raw_text)
{
    char text[2 * LOG_TEXT_BYTES];
    char line[sizeof(text) + sizeof(process_name) + 16];
    int length;

    printable(text, sizeof(text), raw_text);

    if (is_journal)
        length = snprintf(line, sizeof(line), "<%d>%s: %s\n", priority,
                          process_name, text);
    else
        length = snprintf(line, sizeof(line), "%s: %s\n", process_name, text);
    if (length >= (int)sizeof(line)) {
        length = sizeof(line) - 1;
        line[length - 1] = '\n';
    }
    /* Each line is one write, because the roles share stderr.  There is
     * nowhere to report that a message cannot be written. */
    if (write(STDERR_FILENO, line, length) < 0)
        return;
}

int log_error(const char *format, ...)
{
    char text[LOG_TEXT_BYTES]; /* not last_error itself, which may be among the
                                * arguments */
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    memcpy(last_error, text, sizeof(last_error));
    write_line(LOG_ERR, last_error);
    return -1;
}

int log_errno(const char *format, ...)
{
    const char *reason = strerror(errno);
    char text[LOG_TEXT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return log_error("%s: %s", text, reason);
}

static void log_formatted(int priority, const char *format,
                          va_list arguments)
{
    char text[LOG_TEXT_BYTES];

    vsnprintf(text, sizeof(text), format, arguments);
    write_line(priority, text);
}

void log_warning(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_formatted(LOG_WARNING, format, arguments);
    va_end(arguments);
}

void log_info(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_formatted(LOG_INFO, format, arguments);
    va_end(arguments);
}

const char *log_last_error(void)
{
    return last_error;
}
