/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_tcp.c - a client over lwIP's raw TCP: what is sent to it and when,
 * and how it ends
 */
#include "net/client_tcp.h"

#include <stdio.h>

#include "lwip/priv/tcp_priv.h"

#include "net/net_console.h"
#include "net/tcp_places.h"

#define KEEPALIVE_IDLE_MS     60000
#define KEEPALIVE_INTERVAL_MS 10000
#define KEEPALIVE_PROBES      6
#define HALF_CLOSED_IDLE_MS   5000
#define POLL_TICKS            2  /* of 500 ms, see polled() */
#define REFUSAL_SECONDS       10
#define WRITES_MAX            8  /* in one go: others want to be served */

struct client_tcp {
    struct client client; /* first; not linked: refused, being told so */
    struct tcp_pcb *pcb;  /* NULL: nobody is here */
    int place;            /* see tcp_places.h; none when it is refused */
    uint8_t seconds_left; /* until it is reset; 0 when it is not closing */
    bool is_finished;     /* we sent our FIN */
};

static struct client_tcp clients[NET_CLIENTS_MAX]; /* by their places */
static struct client_tcp refused[NET_CLOSING_MAX];
static unsigned int client_count;

static struct client_tcp *tcp_of(const struct client *client)
{
    return (struct client_tcp *)client;
}

unsigned int client_tcp_count(void)
{
    return client_count;
}

/* The place is free again; its connection is gone or no longer ours. */
static void forget(struct client_tcp *tcp)
{
    if (tcp->client.console) {
        net_console_unlink(&tcp->client);
        client_count--;
    }
    if (tcp->place != TCP_PLACE_NONE)
        tcp_place_free(tcp->place);
    tcp->pcb = NULL;
}

/* From here on lwIP alone brings the connection to its end. */
static void let_go(struct client_tcp *tcp)
{
    struct tcp_pcb *pcb = tcp->pcb;

    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_poll(pcb, NULL, 0);
    tcp_close(pcb);
    forget(tcp);
}

/* ---- the guest's output ---- */

/* Our FIN follows the last byte that the client is to get. */
static void finish_if_due(struct client_tcp *tcp)
{
    struct client *client = &tcp->client;

    if (tcp->is_finished || client_has_notice(client) ||
        client_bytes_due(client, 1) > 0)
        return;
    if (tcp_shutdown(tcp->pcb, 0, 1) == ERR_OK)
        tcp->is_finished = client->is_blocked = true;
}

/* Returns whether no notice waits any more. */
static bool send_notice(struct client_tcp *tcp)
{
    char text[CLIENT_NOTICE_BYTES_MAX];
    size_t length = client_notice(&tcp->client, text);

    if (length == 0)
        return true;
    /* TCP takes all of it or nothing.  Until it does, more may be missed, and
     * then the notice counts that, too. */
    if (tcp_write(tcp->pcb, text, (u16_t)length, TCP_WRITE_FLAG_COPY))
        return false;
    client_told(&tcp->client);
    return true;
}

/* Sends one piece of the ring.  Returns false when this has to stop: the ring
 * holds no more for this client, or TCP is full, which sets is_blocked. */
static bool send_piece(struct client_tcp *tcp)
{
    static uint8_t piece[4 * TCP_MSS];
    struct client *client = &tcp->client;
    struct tcp_pcb *pcb = tcp->pcb;
    size_t bytes = LWIP_MIN(sizeof(piece), 4u * pcb->mss);
    bool is_overtaken;

    client->is_blocked = *client->news;
    if (*client->news && client->reader.missed == 0 && !send_notice(tcp))
        return false;
    client->is_blocked = false;
    bytes = client_bytes_due(client, bytes);
    if (bytes == 0)
        return false;

    /* Full segments, unless the ring holds no more. */
    client->is_blocked = true;
    if (tcp_sndbuf(pcb) < pcb->mss)
        return false;
    if (bytes > tcp_sndbuf(pcb))
        bytes = tcp_sndbuf(pcb) - tcp_sndbuf(pcb) % pcb->mss;

    bytes = net_console_copy(client, piece, bytes);
    is_overtaken = bytes == 0 && client->reader.missed > 0;
    if (!send_notice(tcp))
        return false;
    if (bytes == 0) {
        client->is_blocked = is_overtaken;
        return is_overtaken; /* it happened while copying: look again */
    }
    /* lwIP may still say ERR_MEM.  The bytes are in the ring. */
    if (tcp_write(pcb, piece, (u16_t)bytes, TCP_WRITE_FLAG_COPY))
        return false;
    client->reader.cursor += bytes;
    return true;
}

/* Hands to TCP what is in the ring and TCP has room for.  The rest follows
 * when the client has acknowledged something. */
static void send_pieces(struct client *client)
{
    struct client_tcp *tcp = tcp_of(client);
    int i;

    if (tcp->is_finished)
        return;
    for (i = 0; i < WRITES_MAX; i++)
        if (!send_piece(tcp))
            break;
    finish_if_due(tcp);
    tcp_output(tcp->pcb);
}

/* ---- what is typed ---- */

static void released(struct client *client, size_t bytes)
{
    if (bytes > 0)
        tcp_recved(tcp_of(client)->pcb, (u16_t)bytes);
}

/* Takes over p.  Returns false when more came than the window allows, which
 * lwIP keeps from happening: the connection cannot be believed any more. */
static bool take_input(struct client_tcp *tcp, struct pbuf *p)
{
    struct client *client = &tcp->client;
    u16_t bytes = p->tot_len;
    uint8_t *space;

    if (!net_console_hears(client)) {
        tcp_recved(tcp->pcb, bytes);
        pbuf_free(p);
        net_console_ignored(client);
        return true;
    }
    space = client_space(client, bytes);
    if (space)
        pbuf_copy_partial(p, space, bytes, 0);
    pbuf_free(p);
    if (space)
        net_console_typed(client, bytes);
    return space != NULL;
}

/* ---- the end ---- */

static void close_client(struct client *client, uint8_t seconds)
{
    struct client_tcp *tcp = tcp_of(client);

    /* The in ring may be a successor's soon, who must not get what was typed
     * for this console. */
    client_release(client, client->held_bytes);
    tcp->seconds_left = seconds;
    client->end = net_console_head(client->console);
    send_pieces(client);
}

/* Whether the client has acknowledged everything, our FIN included. */
static bool is_done(const struct client *client)
{
    const struct client_tcp *tcp = tcp_of(client);

    return tcp->is_finished && !tcp->pcb->unacked && !tcp->pcb->unsent;
}

static void count_down(struct client_tcp *tcp)
{
    if (tcp->pcb && tcp->seconds_left > 0 && --tcp->seconds_left == 0)
        tcp_abort(tcp->pcb);
}

void client_tcp_check(void)
{
    unsigned int i;

    for (i = 0; i < NET_CLIENTS_MAX; i++)
        count_down(&clients[i]);
    for (i = 0; i < NET_CLOSING_MAX; i++)
        count_down(&refused[i]);
}

/* ---- lwIP's callbacks ---- */

/* The client acknowledged something.  What is not a segment's worth waits
 * for the flush timer, with all that comes meanwhile. */
static err_t sent(void *argument, struct tcp_pcb *pcb, u16_t bytes)
{
    struct client_tcp *tcp = argument;
    struct client *client = &tcp->client;

    (void)bytes;
    if (!client->console)
        return ERR_OK;
    if (client->is_blocked ||
        net_console_head(client->console) - client->reader.cursor >= pcb->mss)
        send_pieces(client);
    return ERR_OK;
}

static err_t received(void *argument, struct tcp_pcb *pcb, struct pbuf *p,
                      err_t error)
{
    struct client_tcp *tcp = argument;

    (void)error;
    if (p) {
        if (!take_input(tcp, p)) {
            tcp_abort(pcb);
            return ERR_ABRT;
        }
        /* At once: the next character of a client with Nagle's algorithm
         * waits for it. */
        tcp_ack_now(pcb);
        return ERR_OK;
    }
    if (tcp->place != TCP_PLACE_NONE)
        tcp_place_half_closed(tcp->place);
    if (tcp->client.console)
        net_console_half_closed(&tcp->client);
    /* A client that has gone altogether answers the next probe with a
     * reset. */
    pcb->keep_idle = HALF_CLOSED_IDLE_MS;
    if (tcp->is_finished)
        let_go(tcp);
    return ERR_OK;
}

/* The connection is gone: reset, given up, or aborted by us. */
static void failed(void *argument, err_t error)
{
    (void)error;
    forget(argument);
}

/* A second after each acknowledgement, and each second from there on. */
static err_t polled(void *argument, struct tcp_pcb *pcb)
{
    struct client_tcp *tcp = argument;

    (void)pcb;
    /* sent() does the work.  This is for a pool that was empty while nothing
     * of this client's was on its way. */
    if (tcp->client.console && tcp->client.is_blocked)
        send_pieces(&tcp->client);
    return ERR_OK;
}

/* ---- a client comes ---- */

static const struct client_ops client_tcp_ops = {
    .send = send_pieces,
    .released = released,
    .close = close_client,
    .is_done = is_done,
};

static void take_over(struct client_tcp *tcp, struct tcp_pcb *pcb, int place,
                      uint64_t cursor)
{
    client_init(&tcp->client, &client_tcp_ops, cursor);
    tcp->pcb = pcb;
    tcp->place = place;
    tcp->seconds_left = 0;
    tcp->is_finished = false;
    tcp_arg(pcb, tcp);
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

/* The last NET_CLOSING_MAX of them get to read why; tcp_setprio() lets lwIP
 * take their connections first, should it ever run out. */
static err_t refuse(struct tcp_pcb *pcb)
{
    static unsigned int turn;
    struct client_tcp *tcp = &refused[turn++ % NET_CLOSING_MAX];
    char text[128];
    int length;

    length = snprintf(text, sizeof(text), "\r\n[mediatord: %u clients are "
                      "connected already; try again later]\r\n",
                      NET_CLIENTS_MAX);
    if (tcp->pcb)
        tcp_abort(tcp->pcb);
    take_over(tcp, pcb, TCP_PLACE_NONE, 0);
    tcp_setprio(pcb, TCP_PRIO_MIN);
    tcp->seconds_left = REFUSAL_SECONDS;
    if (tcp_write(pcb, text, (u16_t)length, TCP_WRITE_FLAG_COPY) ||
        tcp_shutdown(pcb, 0, 1)) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    tcp->is_finished = true;
    return ERR_OK;
}

err_t client_tcp_accept(void *opaque, struct tcp_pcb *pcb)
{
    struct net_console *console = opaque;
    int place = tcp_place_take(pcb, console);
    struct client_tcp *tcp;

    if (place == TCP_PLACE_NONE)
        return refuse(pcb);

    tcp = &clients[place];
    take_over(tcp, pcb, place,
              out_ring_replay_cursor(&console->out,
                                     console->options.replay_bytes));
    tcp_setprio(pcb, TCP_PRIO_MAX);
    client_count++;
    net_console_link(console, &tcp->client);
    send_pieces(&tcp->client);
    return ERR_OK;
}
