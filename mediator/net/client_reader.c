/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/client_reader.h"

#include <inttypes.h>
#include <stdio.h>

#include "net/net_console.h"

size_t console_reader_copy(struct console_reader *reader,
                           struct console_server *console, void *buffer,
                           size_t bytes)
{
    uint64_t cursor = reader->cursor, missed;

    bytes = out_ring_read(&console->out, &cursor, buffer, bytes, &missed);
    reader->cursor = cursor - bytes;
    reader->missed += missed;
    console_server_count_missed(console, missed);
    return bytes;
}

size_t console_reader_notice(const struct console_reader *reader,
                             char text[CONSOLE_NOTICE_BYTES_MAX])
{
    return (size_t)snprintf(text, CONSOLE_NOTICE_BYTES_MAX,
                            "\r\n[mediatord: %" PRIu64 " bytes missed]\r\n",
                            reader->missed);
}
