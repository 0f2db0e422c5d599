/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/net/fake_console_server.h"

#include "net/net_console.h"
#include "net/client_fd.h"

uint64_t missed_sum;
unsigned int ptys_let_go;

bool console_server_allows(struct console_server *server,
                           const struct tcp_pcb *pcb)
{
    (void)server;
    (void)pcb;
    return true;
}

uint64_t console_server_head(const struct console_server *server)
{
    return atomic_load(&server->out.header->head);
}

void console_server_link(struct console_server *server,
                         struct console_client *client)
{
    client->next = server->clients;
    server->clients = client;
}

void console_server_unlink(struct console_server *server,
                           struct console_client *client)
{
    struct console_client **link = &server->clients;

    while (*link != client)
        link = &(*link)->next;
    *link = client->next;
}

void console_server_link_local(struct console_server *server,
                               struct local_client *local)
{
    local->next = server->locals;
    server->locals = local;
}

void console_server_unlink_local(struct console_server *server,
                                 struct local_client *local)
{
    struct local_client **link = &server->locals;

    while (*link != local)
        link = &(*link)->next;
    *link = local->next;
}

void console_server_let_go_of_pty(const struct console_server *server)
{
    (void)server;
    ptys_let_go++;
}

void console_server_count_missed(struct console_server *server,
                                 uint64_t bytes)
{
    (void)server;
    missed_sum += bytes;
}
