/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_reader.h - a client's place in the out ring, and what it missed
 *
 * The same for a TCP client (client_tcp.h) and for one in dom0
 * (client_fd.h).
 */
#ifndef MEDIATOR_CONSOLE_READER_H
#define MEDIATOR_CONSOLE_READER_H

#include <stddef.h>
#include <stdint.h>

#define CONSOLE_NOTICE_BYTES_MAX 64

struct console_server;

struct console_reader {
    uint64_t cursor; /* the next byte to hand on */
    uint64_t missed; /* overwritten before that byte, and the client has not
                      * been told yet */
};

/* Copies the next bytes, without going over them: the cursor stands at the
 * first of them.  Returns how many.  What was overwritten is added to
 * missed; 0 bytes with something missed means that the writer overtook the
 * copy: look again. */
size_t console_reader_copy(struct console_reader *reader,
                           struct console_server *console, void *buffer,
                           size_t bytes);

/* What the client reads in the place of missed bytes; returns its length. */
size_t console_reader_notice(const struct console_reader *reader,
                             char text[CONSOLE_NOTICE_BYTES_MAX]);

#endif
