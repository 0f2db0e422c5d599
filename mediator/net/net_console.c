/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/net_console.h"

#include <string.h>
#include <unistd.h>

#include "net/client_fd.h"
#include "shared/log.h"
#include "shared/role_link.h"
#include "shared/wake.h"

static struct console_server consoles[CONSOLES_MAX + NET_LEAVING_MAX];

#define CONSOLES_END (consoles + CONSOLES_MAX + NET_LEAVING_MAX)

uint64_t console_server_head(const struct console_server *console)
{
    return atomic_load_explicit(&console->out.header->head,
                                memory_order_acquire);
}

static uint64_t typed_head(const struct console_server *console)
{
    return atomic_load_explicit(&console->in.header->head,
                                memory_order_relaxed);
}

/* Not one that is being removed: its number and port may be used again. */
static struct console_server *find(uint32_t number)
{
    struct console_server *console;

    for (console = consoles; console < CONSOLES_END; console++)
        if (console->is_used && console->listener &&
            console->number == number)
            return console;
    return NULL;
}

static void discard(struct console_server *console)
{
    out_ring_close(&console->out);
    in_ring_close(&console->in);
    if (console->uart.fd >= 0)
        close(console->uart.fd);
    memset(console, 0, sizeof(*console));
}

static struct console_server *take_place(uint32_t number, uint16_t port)
{
    struct console_server *console, *place = NULL;
    unsigned int listening = 0;

    for (console = consoles; console < CONSOLES_END; console++) {
        if (!console->is_used) {
            place = place ? place : console;
            continue;
        }
        if (!console->listener)
            continue;
        listening++;
        if (console->number == number) {
            log_error("console %u listens already, on TCP port %u", number,
                      console->options.tcp_port);
            return NULL;
        }
        if (console->options.tcp_port == port) {
            log_error("TCP port %u is taken by console %u", port,
                      console->number);
            return NULL;
        }
    }
    if (listening >= CONSOLES_MAX) {
        log_error("%u consoles listen already, and no more can", listening);
        return NULL;
    }
    if (!place)
        log_error("consoles that were removed still wait for their clients; "
                  "try again in some seconds");
    return place;
}

static int listen_on(struct console_server *console)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY), *listener;
    err_t result;

    if (!pcb)
        return log_error("cannot listen on TCP port %u: out of connections",
                         console->options.tcp_port);
    /* Connections that a removed console left do not hold its port. */
    ip_set_option(pcb, SOF_REUSEADDR);
    result = tcp_bind(pcb, IP_ANY_TYPE, console->options.tcp_port);
    listener = result ? NULL :
               tcp_listen_with_backlog_and_err(pcb,
                                               TCP_DEFAULT_LISTEN_BACKLOG,
                                               &result);
    if (!listener) {
        tcp_close(pcb);
        return log_error("cannot listen on TCP port %u: lwIP error %d",
                         console->options.tcp_port, result);
    }
    tcp_arg(listener, console);
    tcp_accept(listener, console_client_accept);
    console->listener = listener;
    return 0;
}

static int open_rings(struct console_server *console, int *fds)
{
    int rc;

    console->out = OUT_RING_CLOSED;
    console->in = IN_RING_CLOSED;
    console->uart = (struct waker){ .fd = fds[2] };
    fds[2] = -1;
    rc = out_ring_open_reader(&console->out, fds[0]);
    fds[0] = -1;
    if (rc)
        return rc;
    rc = in_ring_open_writer(&console->in, fds[1]);
    fds[1] = -1;
    return rc;
}

int console_server_add(const struct role_message *message, int *fds)
{
    struct console_server *console = NULL;
    struct console_options options;
    unsigned int i;
    int rc = -1;

    if (fds[0] < 0 || fds[1] < 0 || fds[2] < 0) {
        log_error("console %u came without its rings", message->console);
        goto out;
    }
    console_options_init(&options);
    if (console_options_parse(&options, message->options))
        goto out;
    console = take_place(message->console, options.tcp_port);
    if (!console)
        goto out;
    console->number = message->console;
    console->options = options;
    rc = open_rings(console, fds);
    if (rc)
        goto out;
    rc = access_list_parse(&console->allow, options.allow);
    if (rc)
        goto out;
    rc = listen_on(console);
    if (rc)
        goto out;

    console->is_used = true;
    console->flushed = console_server_head(console);
    console->typed = typed_head(console);
    /* A predecessor's sleeps must not look answered (wake.h). */
    console->sleep_count = LWIP_RAND();
    wake_woken(&console->in.header->net_sleeps);
    in_ring_ask_for_room(&console->in, false);
    atomic_store_explicit(&console->in.header->clients, 0,
                          memory_order_relaxed);
out:
    for (i = 0; i < 3; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
    if (rc && console)
        discard(console);
    return rc;
}

static struct access_address remote_address(const struct tcp_pcb *pcb)
{
    const ip_addr_t *ip = &pcb->remote_ip;
    struct access_address address;

    if (!IP_IS_V6(ip))
        return access_address_ipv4(ip_addr_get_ip4_u32(ip));
    memcpy(address.bytes, ip_2_ip6(ip)->addr, sizeof(address.bytes));
    return address;
}

/* A network that tries again and again must not fill the log. */
#define REFUSALS_TOLD_EACH 1000u

bool console_server_allows(struct console_server *console,
                           const struct tcp_pcb *pcb)
{
    struct access_address address = remote_address(pcb);

    if (access_list_allows(&console->allow, &address))
        return true;
    if (console->refusals++ % REFUSALS_TOLD_EACH == 0)
        log_warning("TCP port %u: %s is not on the console's allow= list; "
                    "refused (%llu so far)", console->options.tcp_port,
                    ipaddr_ntoa(&pcb->remote_ip),
                    (unsigned long long)console->refusals);
    return false;
}

static void remove_console(struct console_server *console, uint8_t seconds)
{
    struct console_client *client, *next;

    local_clients_close(console);
    if (console->listener) {
        tcp_close(console->listener);
        atomic_store_explicit(&console->in.header->clients, 0,
                              memory_order_relaxed);
    }
    console->listener = NULL;
    console_input_discard(console);
    for (client = console->clients; client; client = next) {
        next = client->next;
        console_client_close(client, seconds);
    }
    if (!console->clients)
        discard(console);
}

int console_server_remove(uint32_t number, uint8_t seconds)
{
    struct console_server *console = find(number);

    if (!console)
        return log_error("there is no console %u to remove", number);
    remove_console(console, seconds);
    return 0;
}

void console_servers_remove_all(uint8_t seconds)
{
    struct console_server *console;

    for (console = consoles; console < CONSOLES_END; console++)
        if (console->is_used)
            remove_console(console, seconds);
}

void console_server_add_local(const struct role_message *message, int *fds)
{
    struct console_server *console = find(message->console);

    if (console && fds[0] >= 0)
        local_client_add(console, fds[0], message);
    else if (fds[0] >= 0)
        close(fds[0]);
    fds[0] = -1;
}

void console_server_let_go_of_pty(const struct console_server *console)
{
    role_link_send_text(ROLE_LINK_FD, ROLE_PTY_REMOVED, console->number, "");
}

bool console_servers_are_done(void)
{
    const struct console_server *console;
    const struct console_client *client;

    for (console = consoles; console < CONSOLES_END; console++)
        for (client = console->clients; client; client = client->next)
            if (!console_client_is_done(client))
                return false;
    return true;
}

/* A console that is being removed counts no more: its ring may be another's
 * by now, added under the same name. */
static void set_client_count(struct console_server *console, int change)
{
    _Atomic uint32_t *count = &console->in.header->clients;

    if (!console->listener)
        return;
    atomic_store_explicit(count, atomic_load_explicit(count,
                          memory_order_relaxed) + change,
                          memory_order_relaxed);
}

/* A client left: was it the last? */
static void end_if_unused(struct console_server *console)
{
    if (console->clients || console->locals)
        return;
    if (console->is_asleep)
        wake_woken(&console->in.header->net_sleeps);
    console->is_asleep = false;
    if (!console->listener)
        discard(console);
}

void console_server_link(struct console_server *console,
                         struct console_client *client)
{
    client->next = console->clients;
    console->clients = client;
    set_client_count(console, 1);
}

void console_server_unlink(struct console_server *console,
                           struct console_client *client)
{
    struct console_client **link = &console->clients;

    while (*link != client)
        link = &(*link)->next;
    *link = client->next;
    set_client_count(console, -1);
    end_if_unused(console);
}

void console_server_link_local(struct console_server *console,
                               struct local_client *local)
{
    local->next = console->locals;
    console->locals = local;
    set_client_count(console, 1);
}

void console_server_unlink_local(struct console_server *console,
                                 struct local_client *local)
{
    struct local_client **link = &console->locals;

    while (*link != local)
        link = &(*link)->next;
    *link = local->next;
    set_client_count(console, -1);
    end_if_unused(console);
}

void console_server_count_missed(struct console_server *console,
                                 uint64_t bytes)
{
    if (bytes > 0)
        atomic_fetch_add_explicit(&console->in.header->missed, bytes,
                                  memory_order_relaxed);
}

static bool has_unsent(const struct console_server *console,
                       uint64_t bytes_min)
{
    return (console->clients || console->locals) &&
           console_server_head(console) - console->flushed >= bytes_min;
}

/* Returns how many bytes that were. */
static uint64_t flush(struct console_server *console)
{
    struct console_client *client;
    uint64_t head = console_server_head(console), before = console->flushed;

    for (client = console->clients; client; client = client->next)
        if (!client->is_blocked)
            console_client_send(client);
    local_clients_send(console);
    console->flushed = head;
    console->typed = typed_head(console);
    return head - before;
}

static uint64_t flush_from(uint64_t bytes_min)
{
    struct console_server *console;
    uint64_t most = 0;

    for (console = consoles; console < CONSOLES_END; console++) {
        uint64_t bytes;

        if (!has_unsent(console, bytes_min))
            continue;
        bytes = flush(console);
        most = LWIP_MAX(most, bytes);
    }
    return most;
}

uint64_t console_servers_flush(void)
{
    return flush_from(1);
}

void console_servers_flush_full(void)
{
    flush_from(TCP_MSS);
}

static bool owes_answer(const struct console_server *console)
{
    return has_unsent(console, 1) && typed_head(console) != console->typed;
}

bool console_servers_owe_answer(void)
{
    const struct console_server *console;

    for (console = consoles; console < CONSOLES_END; console++)
        if (owes_answer(console))
            return true;
    return false;
}

bool console_servers_answer(void)
{
    struct console_server *console;
    bool was_any = false;

    for (console = consoles; console < CONSOLES_END; console++) {
        if (!owes_answer(console))
            continue;
        flush(console);
        was_any = true;
    }
    return was_any;
}

/* Blocked clients are waited for by TCP, or by libev.  If all are, or there is none, the
 * uart role need not wake us. */
static bool has_listeners(const struct console_server *console)
{
    const struct console_client *client;

    for (client = console->clients; client; client = client->next)
        if (!client->is_blocked && !client->is_finished)
            return true;
    return local_clients_listen(console);
}

void console_servers_resume_input(void)
{
    struct console_server *console;

    for (console = consoles; console < CONSOLES_END; console++)
        if (console->is_used)
            console_input_resume(console);
}

bool console_servers_sleep(void)
{
    struct console_server *console;
    bool may_sleep = true;

    for (console = consoles; console < CONSOLES_END; console++) {
        bool has_readers = has_listeners(console);

        if (!has_readers && !console->wants_room)
            continue;
        wake_sleep(&console->in.header->net_sleeps, &console->sleep_count);
        console->is_asleep = true;
        if ((has_readers &&
             console_server_head(console) != console->flushed) ||
            console_input_can_resume(console)) {
            may_sleep = false;
            break;
        }
    }
    if (!may_sleep)
        console_servers_woken();
    return may_sleep;
}

void console_servers_woken(void)
{
    struct console_server *console;

    for (console = consoles; console < CONSOLES_END; console++) {
        if (!console->is_asleep)
            continue;
        wake_woken(&console->in.header->net_sleeps);
        console->is_asleep = false;
    }
}
