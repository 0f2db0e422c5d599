/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_tcp.c - stands in for lwIP below the net role's consoles and clients:
 * what they send is kept, and nothing leaves the process
 */
#include "unit/net/fake_tcp.h"

#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

struct fake_listener fake_listener;

static struct connection *connection_of(struct tcp_pcb *pcb)
{
    return (struct connection *)pcb;
}

/* ---- a connection ---- */

struct connection *connection_new(size_t room)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    assert_non_null(connection);
    connection->delivered = malloc(DELIVERED_BYTES);
    assert_non_null(connection->delivered);
    connection->room = room;
    connection->pcb.mss = TCP_MSS;
    connection->pcb.snd_buf = TCP_SND_BUF;
    connection->pcb.state = ESTABLISHED;
    return connection;
}

void connection_free(struct connection *connection)
{
    struct tcp_pcb *pcb = &connection->pcb;

    if (!connection->is_aborted && !connection->is_closed && pcb->errf)
        pcb->errf(pcb->callback_arg, ERR_RST);
    free(connection->delivered);
    free(connection);
}

err_t tcp_write(struct tcp_pcb *pcb, const void *data, u16_t bytes,
                u8_t flags)
{
    struct connection *connection = connection_of(pcb);

    assert_int_equal(flags, TCP_WRITE_FLAG_COPY);
    assert_false(connection->has_fin);
    if (bytes > connection->room || bytes > pcb->snd_buf)
        return ERR_MEM;
    connection->room -= bytes;
    pcb->snd_buf -= bytes;
    assert_true(connection->delivered_bytes + bytes <= DELIVERED_BYTES);
    memcpy(connection->delivered + connection->delivered_bytes, data, bytes);
    connection->delivered_bytes += bytes;
    return ERR_OK;
}

err_t tcp_shutdown(struct tcp_pcb *pcb, int receive, int transmit)
{
    assert_false(receive);
    assert_true(transmit);
    connection_of(pcb)->has_fin = true;
    return ERR_OK;
}

void tcp_abort(struct tcp_pcb *pcb)
{
    connection_of(pcb)->is_aborted = true;
    if (pcb->errf)
        pcb->errf(pcb->callback_arg, ERR_ABRT);
}

err_t tcp_close(struct tcp_pcb *pcb)
{
    connection_of(pcb)->is_closed = true;
    return ERR_OK;
}

/* ---- a port ---- */

struct tcp_pcb *tcp_new_ip_type(u8_t type)
{
    assert_int_equal(type, IPADDR_TYPE_ANY);
    if (fake_listener.is_out_of_connections)
        return NULL;
    memset(&fake_listener.connection, 0, sizeof(fake_listener.connection));
    return &fake_listener.connection.pcb;
}

err_t tcp_bind(struct tcp_pcb *pcb, const ip_addr_t *address, u16_t port)
{
    (void)address;
    pcb->local_port = port;
    return fake_listener.is_port_taken ? ERR_USE : ERR_OK;
}

struct tcp_pcb *tcp_listen_with_backlog_and_err(struct tcp_pcb *pcb,
                                                u8_t backlog, err_t *result)
{
    assert_int_equal(backlog, TCP_DEFAULT_LISTEN_BACKLOG);
    *result = ERR_OK;
    return pcb;
}

void tcp_accept(struct tcp_pcb *pcb, tcp_accept_fn function)
{
    assert_ptr_equal(pcb, &fake_listener.connection.pcb);
    fake_listener.accept = function;
}

err_t fake_listener_connect(struct tcp_pcb *pcb)
{
    return fake_listener.accept(fake_listener.connection.pcb.callback_arg,
                                pcb, ERR_OK);
}

/* ---- the rest of lwIP ---- */

err_t tcp_output(struct tcp_pcb *pcb)
{
    (void)pcb;
    return ERR_OK;
}

void tcp_recved(struct tcp_pcb *pcb, u16_t bytes)
{
    connection_of(pcb)->recved += bytes;
}

u16_t pbuf_copy_partial(const struct pbuf *p, void *target, u16_t bytes,
                        u16_t offset)
{
    assert_true(offset + bytes <= p->len);
    memcpy(target, (const uint8_t *)p->payload + offset, bytes);
    return bytes;
}

u8_t pbuf_free(struct pbuf *p)
{
    (void)p;
    return 1;
}

void tcp_setprio(struct tcp_pcb *pcb, u8_t prio)
{
    pcb->prio = prio;
}

void tcp_arg(struct tcp_pcb *pcb, void *argument)
{
    pcb->callback_arg = argument;
}

void tcp_recv(struct tcp_pcb *pcb, tcp_recv_fn function)
{
    pcb->recv = function;
}

void tcp_sent(struct tcp_pcb *pcb, tcp_sent_fn function)
{
    pcb->sent = function;
}

void tcp_err(struct tcp_pcb *pcb, tcp_err_fn function)
{
    pcb->errf = function;
}

void tcp_poll(struct tcp_pcb *pcb, tcp_poll_fn function, u8_t interval)
{
    pcb->poll = function;
    pcb->pollinterval = interval;
}

const ip_addr_t ip_addr_any_type = IPADDR_ANY_TYPE_INIT;

char *ipaddr_ntoa(const ip_addr_t *address)
{
    return ip4addr_ntoa(ip_2_ip4(address));
}

uint32_t lwip_system_random(void)
{
    return 4711;
}

void lwip_system_assert_failed(const char *claim, const char *file, int line)
{
    fail_msg("lwIP: %s, %s:%d", claim, file, line);
}
