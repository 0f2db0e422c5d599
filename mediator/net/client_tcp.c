/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/client_tcp.h"

#include <stdio.h>
#include <string.h>

#include "lwip/priv/tcp_priv.h"

#include "net/net_console.h"

#define KEEPALIVE_IDLE_MS     60000
#define KEEPALIVE_INTERVAL_MS 10000
#define KEEPALIVE_PROBES      6
#define HALF_CLOSED_IDLE_MS   5000
#define POLL_TICKS            2  /* of 500 ms: `polled` runs each second */
#define REFUSAL_SECONDS       10
#define WRITES_MAX            8  /* in one console_client_send() */

/* Linux has none below 88; less would make every byte a segment. */
#define PEER_MSS_MIN          88

static struct console_client clients[NET_CLIENTS_MAX];
static struct console_client refused[NET_CLOSING_MAX];
static unsigned int client_count;
static uint64_t refusal_count;
static uint64_t arrivals;

unsigned int console_client_count(void)
{
    return client_count;
}

uint64_t console_client_refusals(void)
{
    return refusal_count;
}

/* The place is free again; its connection is gone or no longer ours. */
static void forget(struct console_client *client)
{
    if (client->console) {
        console_server_unlink(client->console, client);
        client_count--;
    }
    *client = (struct console_client){ .pcb = NULL };
}

/* From here on lwIP alone brings the connection to its end. */
static void let_go(struct console_client *client)
{
    struct tcp_pcb *pcb = client->pcb;

    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_poll(pcb, NULL, 0);
    tcp_close(pcb);
    forget(client);
}

static void finish_if_due(struct console_client *client)
{
    if (client->is_finished || client->reader.missed > 0 ||
        client->reader.cursor < client->close_at)
        return;
    if (tcp_shutdown(client->pcb, 0, 1) == ERR_OK)
        client->is_finished = true;
}

static bool send_notice(struct console_client *client)
{
    char text[CONSOLE_NOTICE_BYTES_MAX];
    size_t length;

    if (client->reader.missed == 0)
        return true;
    length = console_reader_notice(&client->reader, text);
    /* All of it or nothing: then more may be missed until it can go. */
    if (tcp_write(client->pcb, text, (u16_t)length, TCP_WRITE_FLAG_COPY))
        return false;
    client->reader.missed = 0;
    return true;
}

/* One piece of the ring.  Returns false when this has to stop: the ring is
 * empty, or TCP full, in which case is_blocked. */
static bool send_piece(struct console_client *client)
{
    static uint8_t piece[4 * TCP_MSS];
    struct tcp_pcb *pcb = client->pcb;
    struct console_reader *reader = &client->reader;
    size_t bytes = LWIP_MIN(sizeof(piece), 4u * pcb->mss);
    bool is_overtaken;

    client->is_blocked = false;
    if (reader->cursor >= client->close_at)
        return false;
    bytes = LWIP_MIN(bytes, client->close_at - reader->cursor);

    /* Full segments, unless the ring holds no more. */
    client->is_blocked = true;
    if (tcp_sndbuf(pcb) < pcb->mss)
        return false;
    if (bytes > tcp_sndbuf(pcb))
        bytes = tcp_sndbuf(pcb) - tcp_sndbuf(pcb) % pcb->mss;

    bytes = console_reader_copy(reader, client->console, piece, bytes);
    is_overtaken = bytes == 0 && reader->missed > 0;
    if (!send_notice(client))
        return false;
    if (bytes == 0) {
        client->is_blocked = is_overtaken;
        return is_overtaken; /* while copying: look again */
    }
    /* lwIP may still say ERR_MEM.  The bytes are in the ring. */
    if (tcp_write(pcb, piece, (u16_t)bytes, TCP_WRITE_FLAG_COPY))
        return false;
    reader->cursor += bytes;
    return true;
}

void console_client_send(struct console_client *client)
{
    int i;

    if (client->is_finished)
        return;
    for (i = 0; i < WRITES_MAX; i++)
        if (!send_piece(client))
            break;
    finish_if_due(client);
    tcp_output(client->pcb);
}

/* The client acknowledged something.  What is not a segment's worth waits
 * for the flush timer, with all that comes meanwhile. */
static err_t sent(void *argument, struct tcp_pcb *pcb, u16_t bytes)
{
    struct console_client *client = argument;

    (void)bytes;
    if (!client->console)
        return ERR_OK;
    if (client->is_blocked ||
        console_server_head(client->console) - client->reader.cursor >=
            pcb->mss)
        console_client_send(client);
    return ERR_OK;
}

static err_t received(void *argument, struct tcp_pcb *pcb, struct pbuf *p,
                      err_t error)
{
    struct console_client *client = argument;

    (void)error;
    if (p) {
        if (!console_input_received(client, p)) {
            tcp_abort(pcb);
            return ERR_ABRT;
        }
        /* At once: the next character of a client with Nagle's algorithm
         * waits for it. */
        tcp_ack_now(pcb);
        return ERR_OK;
    }
    client->is_half_closed = true;
    /* Who is gone altogether answers the next probe with a reset. */
    pcb->keep_idle = HALF_CLOSED_IDLE_MS;
    client->seniority = ++arrivals;
    if (client->is_finished)
        let_go(client);
    return ERR_OK;
}

/* The connection is gone: reset, given up, or aborted by us. */
static void failed(void *argument, err_t error)
{
    (void)error;
    forget(argument);
}

/* Each second. */
static err_t polled(void *argument, struct tcp_pcb *pcb)
{
    struct console_client *client = argument;

    if (client->seconds_left > 0 && --client->seconds_left == 0) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    /* `sent` does the work; this is for a pool that was empty while nothing
     * of this client's was on its way. */
    if (client->console && client->is_blocked)
        console_client_send(client);
    return ERR_OK;
}

static void adopt(struct console_client *client, struct tcp_pcb *pcb)
{
    *client = (struct console_client){ .pcb = pcb, .close_at = UINT64_MAX };
    client->seniority = ++arrivals;
    tcp_arg(pcb, client);
    tcp_recv(pcb, received);
    tcp_sent(pcb, sent);
    tcp_err(pcb, failed);
    tcp_poll(pcb, polled, POLL_TICKS);
    tcp_nagle_disable(pcb);
    ip_set_option(pcb, SOF_KEEPALIVE);
    pcb->keep_idle = KEEPALIVE_IDLE_MS;
    pcb->keep_intvl = KEEPALIVE_INTERVAL_MS;
    pcb->keep_cnt = KEEPALIVE_PROBES;
}

static struct console_client *free_place(void)
{
    unsigned int i;

    for (i = 0; i < NET_CLIENTS_MAX; i++)
        if (!clients[i].pcb)
            return &clients[i];
    return NULL;
}

/* Most of those who closed their half have gone altogether, which shows only
 * when something is sent to them: they make room for who comes. */
static struct console_client *place_of_half_closed(void)
{
    struct console_client *oldest = NULL;
    unsigned int i;

    for (i = 0; i < NET_CLIENTS_MAX; i++)
        if (clients[i].is_half_closed &&
            (!oldest || clients[i].seniority < oldest->seniority))
            oldest = &clients[i];
    if (oldest)
        tcp_abort(oldest->pcb);
    return oldest;
}

/* The last NET_CLOSING_MAX of them get to read why; tcp_setprio() lets lwIP
 * take their connections first, should it ever run out. */
static err_t refuse(struct tcp_pcb *pcb)
{
    static unsigned int turn;
    struct console_client *client = &refused[turn++ % NET_CLOSING_MAX];
    char text[128];
    int length;

    length = snprintf(text, sizeof(text), "\r\n[mediatord: %u clients are "
                      "connected already; try again later]\r\n",
                      NET_CLIENTS_MAX);
    refusal_count++;
    if (client->pcb)
        tcp_abort(client->pcb);
    adopt(client, pcb);
    tcp_setprio(pcb, TCP_PRIO_MIN);
    client->seconds_left = REFUSAL_SECONDS;
    if (tcp_write(pcb, text, (u16_t)length, TCP_WRITE_FLAG_COPY) ||
        tcp_shutdown(pcb, 0, 1)) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    client->is_finished = true;
    return ERR_OK;
}

err_t console_client_accept(void *argument, struct tcp_pcb *pcb, err_t error)
{
    struct console_server *console = argument;
    struct console_client *client;

    if (error || !pcb)
        return ERR_VAL;
    if (pcb->mss < PEER_MSS_MIN || !console_server_allows(console, pcb)) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    client = free_place();
    if (!client)
        client = place_of_half_closed();
    if (!client)
        return refuse(pcb);

    adopt(client, pcb);
    tcp_setprio(pcb, TCP_PRIO_MAX);
    client->console = console;
    client->reader.cursor =
        out_ring_replay_cursor(&console->out, console->options.replay_bytes);
    client_count++;
    console_server_link(console, client);
    console_client_send(client);
    return ERR_OK;
}

void console_client_close(struct console_client *client, uint8_t seconds)
{
    client->seconds_left = seconds;
    client->close_at = console_server_head(client->console);
    console_client_send(client);
}

bool console_client_is_done(const struct console_client *client)
{
    return client->is_finished && !client->pcb->unacked &&
           !client->pcb->unsent;
}
