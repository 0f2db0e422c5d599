/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_consoles.c - the table of consoles, and which kinds of client each has
 */
#include "net/net_consoles.h"

#include <unistd.h>

#include "net/client_attach.h"
#include "net/client_fd.h"
#include "net/client_pty.h"
#include "net/client_tcp.h"
#include "net/net_console.h"
#include "shared/log.h"

static struct net_console consoles[CONSOLES_MAX + NET_LEAVING_MAX];

#define CONSOLES_END (consoles + CONSOLES_MAX + NET_LEAVING_MAX)

/* The kinds of client whose descriptor the supervisor hands over.  Each takes
 * over fd. */
typedef void add_local(struct net_console *console, int fd,
                       const struct role_message *message);

static add_local *const local_kinds[] = {
    [ROLE_LOCAL_ATTACH] = client_attach_add,
    [ROLE_LOCAL_PTY] = client_pty_add,
};

#define LOCAL_KINDS (sizeof(local_kinds) / sizeof(local_kinds[0]))

void net_consoles_init(struct ev_loop *loop)
{
    client_fd_init(loop);
}

/* Never one that is leaving: its number and port may be used again. */
static struct net_console *find(uint32_t number)
{
    struct net_console *console;

    for (console = consoles; console < CONSOLES_END; console++)
        if (console->is_used && !console->is_leaving &&
            console->number == number)
            return console;
    return NULL;
}

static struct net_console *free_place(uint32_t number, uint16_t port)
{
    struct net_console *console, *place = NULL;
    unsigned int listening = 0;

    for (console = consoles; console < CONSOLES_END; console++) {
        if (!console->is_used) {
            place = place ? place : console;
            continue;
        }
        if (console->is_leaving)
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

int net_consoles_add(const struct role_message *message, int *fds)
{
    struct console_options options;
    struct net_console *console = NULL;
    unsigned int i;
    int rc = -1;

    if (fds[0] < 0 || fds[1] < 0 || fds[2] < 0) {
        log_error("console %u came without its rings", message->console);
        goto out;
    }
    console_options_init(&options);
    rc = console_options_parse(&options, message->options);
    if (rc)
        goto out;
    console = free_place(message->console, options.tcp_port);
    if (!console) {
        rc = -1;
        goto out;
    }
    rc = net_console_open(console, message->console, &options, fds);
    if (rc)
        goto out;
    rc = tcp_listener_open(&console->listener, options.tcp_port,
                           &console->allow, client_tcp_accept, console);
    if (rc)
        goto out;
    net_console_begin(console);
    console->has_guest = message->value;
out:
    for (i = 0; i < 3; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
    if (rc && console)
        net_console_discard(console);
    return rc;
}

int net_consoles_remove(uint32_t number, uint8_t seconds)
{
    struct net_console *console = find(number);

    if (!console)
        return log_error("there is no console %u to remove", number);
    net_console_remove(console, seconds);
    return 0;
}

void net_consoles_remove_all(uint8_t seconds)
{
    struct net_console *console;

    for (console = consoles; console < CONSOLES_END; console++)
        if (console->is_used)
            net_console_remove(console, seconds);
}

void net_consoles_set_guest(const struct role_message *message)
{
    struct net_console *console = find(message->console);

    if (console)
        net_console_set_guest(console, message->value);
}

const char *net_consoles_break(uint32_t number)
{
    struct net_console *console = find(number);

    return console ? net_console_break(console)
                   : "the console is not on the network";
}

void net_consoles_add_local(const struct role_message *message, int *fds)
{
    struct net_console *console = find(message->console);
    int fd = fds[0];

    fds[0] = -1;
    if (fd < 0)
        return;
    if (console && message->value < LOCAL_KINDS) {
        local_kinds[message->value](console, fd, message);
        return;
    }
    if (console)
        log_warning("a client of kind %u means nothing here",
                    message->value);
    close(fd);
}

bool net_consoles_are_done(void)
{
    const struct net_console *console;

    for (console = consoles; console < CONSOLES_END; console++)
        if (!net_console_is_done(console))
            return false;
    return true;
}

static uint64_t flush_from(uint64_t bytes_min)
{
    struct net_console *console;
    uint64_t most = 0;

    for (console = consoles; console < CONSOLES_END; console++) {
        uint64_t bytes;

        if (!net_console_has_unsent(console, bytes_min))
            continue;
        bytes = net_console_flush(console);
        most = LWIP_MAX(most, bytes);
    }
    return most;
}

uint64_t net_consoles_flush(void)
{
    return flush_from(1);
}

void net_consoles_flush_full(void)
{
    flush_from(TCP_MSS);
}

bool net_consoles_owe_answer(void)
{
    const struct net_console *console;

    for (console = consoles; console < CONSOLES_END; console++)
        if (net_console_owes_answer(console))
            return true;
    return false;
}

bool net_consoles_answer(void)
{
    struct net_console *console;
    bool was_any = false;

    for (console = consoles; console < CONSOLES_END; console++) {
        if (!net_console_owes_answer(console))
            continue;
        net_console_flush(console);
        was_any = true;
    }
    return was_any;
}

void net_consoles_resume_input(void)
{
    struct net_console *console;

    for (console = consoles; console < CONSOLES_END; console++)
        net_console_resume_input(console);
}

bool net_consoles_sleep(void)
{
    struct net_console *console;

    for (console = consoles; console < CONSOLES_END; console++)
        if (!net_console_sleep(console)) {
            net_consoles_woken();
            return false;
        }
    return true;
}

void net_consoles_woken(void)
{
    struct net_console *console;

    for (console = consoles; console < CONSOLES_END; console++)
        net_console_woken(console);
}

void net_consoles_check(void)
{
    struct net_console *console;

    for (console = consoles; console < CONSOLES_END; console++)
        net_console_check(console);
    client_tcp_check();
}
