/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client.c - what clients of all kinds do alike: where their output ends, and
 * how their input is held
 */
#include "net/client.h"

#include <string.h>

_Static_assert(CLIENT_HELD_MAX <= UINT16_MAX, "held_at and held_bytes");

void client_init(struct client *client, const struct client_ops *ops,
                 uint64_t cursor)
{
    memset(client, 0, sizeof(*client));
    client->ops = ops;
    client->reader.cursor = cursor;
    client->end = CLIENT_NEVER_ENDS;
}

size_t client_bytes_due(const struct client *client, size_t bytes)
{
    uint64_t cursor = client->reader.cursor;

    if (cursor >= client->end)
        return 0;
    return bytes < client->end - cursor ? bytes : client->end - cursor;
}

uint8_t *client_space(struct client *client, size_t bytes)
{
    if (bytes > sizeof(client->held) - client->held_bytes)
        return NULL;
    if (client->held_bytes == 0)
        client->held_at = 0;
    if (client->held_at + client->held_bytes + bytes > sizeof(client->held)) {
        memmove(client->held, client->held + client->held_at,
                client->held_bytes);
        client->held_at = 0;
    }
    return client->held + client->held_at + client->held_bytes;
}

size_t client_notice(const struct client *client,
                     char text[CLIENT_NOTICE_BYTES_MAX])
{
    size_t length = strlen(client->news);

    if (client->reader.missed > 0)
        return client_reader_notice(&client->reader, text);
    memcpy(text, client->news, length);
    return length;
}

void client_told(struct client *client)
{
    if (client->reader.missed > 0)
        client->reader.missed = 0;
    else
        client->news[0] = '\0';
}

void client_release(struct client *client, size_t bytes)
{
    client->held_at += bytes;
    client->held_bytes -= bytes;
    client->ops->released(client, bytes);
}
