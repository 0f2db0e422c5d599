/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_support.c - what fuzzers have in common; it stands in for log.c */
#define _GNU_SOURCE
#include "fuzz/fuzz_support.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/log.h"

static char last_message[LOG_TEXT_BYTES];

/* ---- claims ---- */

void claim_fails(const char *what, const char *file, int line)
{
    dprintf(STDERR_FILENO, "%s:%d: \"%s\" does not hold; the last message: "
            "%s\n", file, line, what, last_message);
    abort();
}

unsigned int open_descriptors(void)
{
    struct pollfd fds[FUZZ_DESCRIPTORS];
    unsigned int i, count = 0;

    for (i = 0; i < FUZZ_DESCRIPTORS; i++)
        fds[i] = (struct pollfd){ .fd = i };
    poll(fds, FUZZ_DESCRIPTORS, 0);
    for (i = 0; i < FUZZ_DESCRIPTORS; i++)
        count += !(fds[i].revents & POLLNVAL);
    return count;
}

void silence_stderr(void)
{
    stderr = fopen("/dev/null", "w");
    claim(stderr);
}

/* ---- the input ---- */

uint8_t take8(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

uint16_t take16(struct input *input)
{
    uint8_t high = take8(input);

    return high << 8 | take8(input);
}

uint32_t take32(struct input *input)
{
    uint32_t high = take16(input);

    return high << 16 | take16(input);
}

const uint8_t *take(struct input *input, size_t *bytes)
{
    const uint8_t *at = input->at;

    if (*bytes > (size_t)(input->end - at))
        *bytes = input->end - at;
    input->at += *bytes;
    return at;
}

size_t take_text(struct input *input, char *text, size_t bytes)
{
    size_t length = take16(input) % bytes;
    const uint8_t *at = take(input, &length);

    memcpy(text, at, length);
    text[length] = '\0';
    return length;
}

/* ---- in the place of log.c ---- */

/* Writes what the caller was given into text, LOG_TEXT_BYTES long, which is
 * not last_message itself: that may be among the arguments. */
#define FORMAT(text, format) \
    do { \
        va_list arguments; \
        va_start(arguments, format); \
        vsnprintf(text, LOG_TEXT_BYTES, format, arguments); \
        va_end(arguments); \
    } while (0)

int log_error(const char *format, ...)
{
    char text[LOG_TEXT_BYTES];

    FORMAT(text, format);
    memcpy(last_message, text, sizeof(text));
    return -1;
}

int log_errno(const char *format, ...)
{
    const char *reason = strerror(errno);
    char text[LOG_TEXT_BYTES];

    FORMAT(text, format);
    return log_error("%s: %s", text, reason);
}

void log_warning(const char *format, ...)
{
    char text[LOG_TEXT_BYTES];

    FORMAT(text, format);
}

void log_info(const char *format, ...)
{
    char text[LOG_TEXT_BYTES];

    FORMAT(text, format);
}

const char *log_last_error(void)
{
    return last_message;
}
