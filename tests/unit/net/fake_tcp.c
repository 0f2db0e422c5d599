/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/net/fake_tcp.h"

#include <string.h>

#include "unit/unit.h"

static struct connection *connection_of(struct tcp_pcb *pcb)
{
    return (struct connection *)pcb;
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
    pcb->errf(pcb->callback_arg, ERR_ABRT);
}

err_t tcp_close(struct tcp_pcb *pcb)
{
    connection_of(pcb)->is_closed = true;
    return ERR_OK;
}

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

void lwip_system_assert_failed(const char *claim, const char *file, int line)
{
    fail_msg("lwIP: %s, %s:%d", claim, file, line);
}
