/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_console.c - a console's rings, and what all of its clients get, type
 * and wait for
 */
#include "net/net_console.h"

#include <linux/serial_reg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/log.h"

#define NO_GUEST_TEXT \
    "\r\n[mediatord: no guest; what you type is thrown away]\r\n"

#define WIRE_GONE_TEXT "\r\n[mediatord: the wire is gone]\r\n"
#define WIRE_AGAIN_FORMAT \
    "\r\n[mediatord: the wire is there again; it missed %llu bytes]\r\n"

_Static_assert(sizeof(WIRE_AGAIN_FORMAT) + 20 <= CLIENT_NOTICE_BYTES_MAX,
               "it is kept as news");
_Static_assert(sizeof(NO_GUEST_TEXT) <= CLIENT_NOTICE_BYTES_MAX,
               "it is kept as news");

/* ---- a console comes and goes ---- */

int net_console_open(struct net_console *console, uint32_t number,
                     const struct console_options *options, int *fds)
{
    int rc;

    *console = (struct net_console){
        .number = number,
        .options = *options,
        .out = OUT_RING_CLOSED,
        .in = IN_RING_CLOSED,
        .uart = { .fd = fds[2] },
    };
    fds[2] = -1;
    rc = out_ring_open_reader(&console->out, fds[0]);
    fds[0] = -1;
    if (rc)
        return rc;
    rc = in_ring_open_writer(&console->in, fds[1]);
    fds[1] = -1;
    if (rc)
        return rc;
    return access_list_parse(&console->allow, options->allow);
}

static uint64_t typed_head(const struct net_console *console)
{
    return atomic_load_explicit(&console->in.header->head,
                                memory_order_relaxed);
}

static void forget_counts(struct net_console *console)
{
    atomic_store_explicit(&console->in.header->clients, 0,
                          memory_order_relaxed);
    atomic_store_explicit(&console->in.header->half_closed, 0,
                          memory_order_relaxed);
}

void net_console_begin(struct net_console *console)
{
    console->is_used = true;
    console->had_wire = atomic_load(&console->out.header->report.has_wire);
    console->flushed = net_console_head(console);
    console->typed = typed_head(console);
    /* A predecessor's sleeps must not look answered (wake.h). */
    console->sleep_count = LWIP_RAND();
    wake_woken(&console->in.header->net_sleeps);
    in_ring_ask_for_room(&console->in, false);
    forget_counts(console);
}

void net_console_discard(struct net_console *console)
{
    out_ring_close(&console->out);
    in_ring_close(&console->in);
    if (console->uart.fd >= 0)
        close(console->uart.fd);
    memset(console, 0, sizeof(*console));
}

/* The uart role wakes us for room in the in ring only while somebody waits
 * for it. */
static void update_wants_room(struct net_console *console)
{
    const struct client *client = console->clients;

    while (client && client->held_bytes == 0)
        client = client->next;
    if (console->wants_room == (client != NULL))
        return;
    console->wants_room = client != NULL;
    in_ring_ask_for_room(&console->in, console->wants_room);
}

void net_console_remove(struct net_console *console, uint8_t seconds)
{
    bool was_leaving = console->is_leaving;
    struct client *client, *next;

    for (client = console->clients; client; client = next) {
        next = client->next;
        client->ops->close(client, seconds);
    }
    /* It goes with its last client, which may just have happened. */
    if (was_leaving)
        return;
    tcp_listener_close(&console->listener);
    console->is_leaving = true;
    forget_counts(console);
    update_wants_room(console);
    if (!console->clients)
        net_console_discard(console);
}

/* ---- a client comes and goes ---- */

/* A console that is leaving counts no more: its in ring may be another
 * console's by now, which was added under the same name. */
static void change_count(struct net_console *console,
                         _Atomic uint32_t *count, int change)
{
    if (console->is_leaving)
        return;
    atomic_store_explicit(count, atomic_load_explicit(count,
                          memory_order_relaxed) + change,
                          memory_order_relaxed);
}

void net_console_link(struct net_console *console, struct client *client)
{
    client->console = console;
    client->next = console->clients;
    console->clients = client;
    change_count(console, &console->in.header->clients, 1);
}

void net_console_half_closed(struct client *client)
{
    struct net_console *console = client->console;

    if (!client->is_half_closed)
        change_count(console, &console->in.header->half_closed, 1);
    client->is_half_closed = true;
}

void net_console_unlink(struct client *client)
{
    struct net_console *console = client->console;
    struct client **link = &console->clients;

    while (*link != client)
        link = &(*link)->next;
    *link = client->next;
    client->console = NULL;
    if (client->is_half_closed)
        change_count(console, &console->in.header->half_closed, -1);
    change_count(console, &console->in.header->clients, -1);
    if (console->clients)
        return;
    net_console_woken(console);
    if (console->is_leaving)
        net_console_discard(console);
}

/* ---- the guest's output ---- */

uint64_t net_console_head(const struct net_console *console)
{
    return atomic_load_explicit(&console->out.header->head,
                                memory_order_acquire);
}

size_t net_console_copy(struct client *client, void *buffer, size_t bytes)
{
    struct net_console *console = client->console;

    return client_reader_copy(&client->reader, &console->out,
                              &console->in.header->missed, buffer,
                              client_bytes_due(client, bytes));
}

bool net_console_has_unsent(const struct net_console *console,
                            uint64_t bytes_min)
{
    return console->clients &&
           net_console_head(console) - console->flushed >= bytes_min;
}

bool net_console_owes_answer(const struct net_console *console)
{
    return net_console_has_unsent(console, 1) &&
           typed_head(console) != console->typed;
}

uint64_t net_console_flush(struct net_console *console)
{
    struct client *client;
    uint64_t head = net_console_head(console), before = console->flushed;

    for (client = console->clients; client; client = client->next)
        if (!client->is_blocked)
            client->ops->send(client);
    console->flushed = head;
    console->typed = typed_head(console);
    return head - before;
}

/* ---- what is typed ---- */

static uint64_t in_tail(const struct net_console *console)
{
    return atomic_load_explicit(&console->out.header->report.in_tail,
                                memory_order_acquire);
}

bool net_console_hears(const struct client *client)
{
    const struct net_console *console = client->console;

    return console && !console->is_leaving && console->has_guest &&
           !console->options.is_read_only && !client->is_read_only;
}

static void send_news(struct client *client, const char *text)
{
    snprintf(client->news, sizeof(client->news), "%s", text);
    if (!client->is_blocked)
        client->ops->send(client);
}

void net_console_ignored(struct client *client)
{
    const struct net_console *console = client->console;

    if (!console || console->is_leaving || console->has_guest ||
        console->options.is_read_only || client->is_read_only ||
        client->is_told_of_no_guest)
        return;
    client->is_told_of_no_guest = true;
    send_news(client, NO_GUEST_TEXT);
}

static void wake_uart(struct net_console *console)
{
    wake_if_asleep(&console->uart, &console->out.header->report.uart_sleeps);
}

/* As much of the held input as there is room for. */
static void push(struct net_console *console, struct client *client)
{
    size_t taken = in_ring_write(&console->in, in_tail(console),
                                 client->held + client->held_at,
                                 client->held_bytes);

    if (taken == 0)
        return;
    wake_uart(console);
    client_release(client, taken);
}

void net_console_typed(struct client *client, size_t bytes)
{
    client->held_bytes += bytes;
    push(client->console, client);
    update_wants_room(client->console);
}

/* What the clients have sent already comes before what is done next. */
static void hear_all(struct net_console *console)
{
    struct client *client, *next;

    for (client = console->clients; client; client = next) {
        next = client->next;
        if (client->ops->hear)
            client->ops->hear(client);
    }
}

void net_console_set_guest(struct net_console *console, bool has_guest)
{
    struct client *client;

    if (console->has_guest == has_guest)
        return;
    if (has_guest)
        hear_all(console);
    console->has_guest = has_guest;
    for (client = console->clients; client; client = client->next) {
        client->is_told_of_no_guest = false;
        if (has_guest || client->held_bytes == 0)
            continue;
        client_release(client, client->held_bytes);
        net_console_ignored(client);
    }
    update_wants_room(console);
}

static bool is_input_held(const struct net_console *console)
{
    const struct client *client = console->clients;

    while (client && client->held_bytes == 0)
        client = client->next;
    return client;
}

const char *net_console_break(struct net_console *console)
{
    hear_all(console);
    if (console->options.is_read_only)
        return "the console takes no input (access=ro)";
    if (!console->has_guest)
        return "there is no guest";
    if (is_input_held(console) ||
        !in_ring_write_errors(&console->in, in_tail(console), 0, UART_LSR_BI))
        return "the guest does not take what was typed before, and nothing "
               "overtakes that; no break was sent";
    wake_uart(console);
    return NULL;
}

void net_console_tell(struct net_console *console, const char *text)
{
    struct client *client;

    for (client = console->clients; client; client = client->next)
        send_news(client, text);
}

/* Whether input that is held could go on. */
static bool has_room(const struct net_console *console)
{
    return console->wants_room &&
           typed_head(console) - in_tail(console) <= IN_RING_BYTES / 2;
}

void net_console_resume_input(struct net_console *console)
{
    struct client *client;

    if (!console->wants_room)
        return;
    if (has_room(console))
        for (client = console->clients; client; client = client->next)
            if (client->held_bytes > 0)
                push(console, client);
    /* Also when the client that waited has gone. */
    update_wants_room(console);
}

/* ---- sleep ---- */

/* Those whose kind waits until they take more are not counted.  If there is
 * no other, the uart role need not wake us for its output. */
static bool has_readers(const struct net_console *console)
{
    const struct client *client;

    for (client = console->clients; client; client = client->next)
        if (!client->is_blocked)
            return true;
    return false;
}

bool net_console_sleep(struct net_console *console)
{
    bool waits_for_output = has_readers(console);

    if (!waits_for_output && !console->wants_room)
        return true;
    wake_sleep(&console->in.header->net_sleeps, &console->sleep_count);
    console->is_asleep = true;
    if (waits_for_output && net_console_head(console) != console->flushed)
        return false;
    return !has_room(console);
}

void net_console_woken(struct net_console *console)
{
    if (!console->is_asleep)
        return;
    wake_woken(&console->in.header->net_sleeps);
    console->is_asleep = false;
}

/* ---- the rest ---- */

/* What the uart role reports of the tty of wire=: clients see the same output
 * as it, and shall know when it does not. */
static void check_wire(struct net_console *console)
{
    const struct uart_report *report = &console->out.header->report;
    bool is_there = atomic_load(&report->has_wire);
    uint64_t missed = atomic_load(&report->wire_missed);
    char text[CLIENT_NOTICE_BYTES_MAX];

    if (console->had_wire && !is_there) {
        console->is_wire_gone = true;
        console->wire_missed = missed;
        net_console_tell(console, WIRE_GONE_TEXT);
    } else if (console->is_wire_gone && is_there) {
        console->is_wire_gone = false;
        snprintf(text, sizeof(text), WIRE_AGAIN_FORMAT,
                 (unsigned long long)(missed - console->wire_missed));
        net_console_tell(console, text);
    }
    console->had_wire = is_there;
}

void net_console_check(struct net_console *console)
{
    struct client *client, *next;

    if (console->is_used && !console->is_leaving)
        check_wire(console);
    for (client = console->clients; client; client = next) {
        next = client->next;
        if (client->ops->check)
            client->ops->check(client);
    }
}

bool net_console_is_done(const struct net_console *console)
{
    const struct client *client;

    for (client = console->clients; client; client = client->next)
        if (client->ops->is_done && !client->ops->is_done(client))
            return false;
    return true;
}
