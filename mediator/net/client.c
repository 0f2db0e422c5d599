/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/client.h"

#include <string.h>

#include "lwip/tcp.h"

#include "net/net_console.h"
#include "net/client_fd.h"

static uint64_t in_tail(const struct console_server *console)
{
    return atomic_load_explicit(&console->out.header->in_tail,
                                memory_order_acquire);
}

size_t console_input_write(struct console_server *console,
                           const uint8_t *bytes, size_t count)
{
    size_t taken = in_ring_write(&console->in, in_tail(console), bytes,
                                 count);

    if (taken > 0)
        wake_if_asleep(&console->uart, &console->out.header->uart_sleeps);
    return taken;
}

static void push(struct console_client *client)
{
    struct console_input *input = &client->input;
    size_t taken = console_input_write(client->console,
                                       input->held + input->at, input->bytes);

    if (taken == 0)
        return;
    input->at += taken;
    input->bytes -= taken;
    tcp_recved(client->pcb, (u16_t)taken);
}

static bool has_held(const struct console_server *console)
{
    const struct console_client *client;

    for (client = console->clients; client; client = client->next)
        if (client->input.bytes > 0)
            return true;
    return local_clients_hold(console);
}

void console_input_update(struct console_server *console)
{
    bool is_wanted = has_held(console);

    if (is_wanted == console->wants_room)
        return;
    console->wants_room = is_wanted;
    in_ring_ask_for_room(&console->in, is_wanted);
}

void console_input_discard(struct console_server *console)
{
    struct console_client *client;

    for (client = console->clients; client; client = client->next) {
        if (client->input.bytes > 0)
            tcp_recved(client->pcb, client->input.bytes);
        client->input.bytes = 0;
    }
    console_input_update(console);
}

bool console_input_is_heard(const struct console_server *console)
{
    return !console->options.is_read_only && console->listener;
}

bool console_input_received(struct console_client *client, struct pbuf *p)
{
    struct console_input *input = &client->input;
    u16_t bytes = p->tot_len;

    if (!client->console || !console_input_is_heard(client->console)) {
        tcp_recved(client->pcb, bytes);
        pbuf_free(p);
        return true;
    }
    if (input->bytes == 0)
        input->at = 0;
    if (input->at + input->bytes + bytes > (int)sizeof(input->held)) {
        memmove(input->held, input->held + input->at, input->bytes);
        input->at = 0;
    }
    if (input->bytes + bytes > (int)sizeof(input->held)) {
        pbuf_free(p);
        return false;
    }
    pbuf_copy_partial(p, input->held + input->at + input->bytes, bytes, 0);
    input->bytes += bytes;
    pbuf_free(p);
    push(client);
    console_input_update(client->console);
    return true;
}

bool console_input_can_resume(const struct console_server *console)
{
    uint64_t head = atomic_load_explicit(&console->in.header->head,
                                         memory_order_relaxed);

    return console->wants_room &&
           head - in_tail(console) <= IN_RING_BYTES / 2;
}

void console_input_resume(struct console_server *console)
{
    struct console_client *client;

    if (!console->wants_room)
        return;
    if (console_input_can_resume(console)) {
        for (client = console->clients; client; client = client->next)
            if (client->input.bytes > 0)
                push(client);
        local_clients_resume(console);
    }
    /* Also when who waited has gone. */
    console_input_update(console);
}
