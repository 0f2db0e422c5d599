/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_role_link.c - libFuzzer on what the net role and the uart role hear
 * from the supervisor
 *
 * The first byte of the input chooses the role, the rest is what comes by its
 * link, and what clients in dom0 do.  What a role says on its link is its own
 * to say; each ROLE_ADD_CONSOLE is answered once; a descriptor that came is
 * closed, or some console's or client's, and gone with it.
 */
#define _GNU_SOURCE
#include <ev.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* With what it keeps between messages, which has to begin anew here. */
#include "uart/supervisor_link.c"

#include "fuzz/fuzz_datagram.h"
#include "fuzz/fuzz_support.h"
#include "net/client_tcp.h"
#include "net/net_consoles.h"
#include "net/net_messages.h"
#include "net/tcp_listener.h"
#include "shared/in_ring.h"
#include "shared/out_ring.h"
#include "shared/wake.h"

#define OPERATIONS_MAX 64
#define CLIENTS 4
#define OTHER_FDS 5 /* beside the clients' */
#define IN_FILE_BYTES (SHARED_FILE_HEADER_BYTES + IN_RING_FILE_BYTES)

static struct net_loop loop;
static int supervisor; /* its end of the link */
static int fds[OTHER_FDS + CLIENTS]; /* to be sent */
static int clients[CLIENTS]; /* the other ends of the last ones */
static struct out_ring out;
static uint8_t in_file[IN_FILE_BYTES]; /* a new in ring */
static unsigned int added; /* ROLE_ADD_CONSOLEs not answered yet */

/* ---- in the place of TCP, and the loop ---- */

int tcp_listener_open(struct tcp_listener *listener, uint16_t port,
                      const struct access_list *allow,
                      tcp_listener_accepted *accepted, void *opaque)
{
    (void)listener;
    (void)allow;
    (void)accepted;
    (void)opaque;
    return port % 7 ? 0 : log_error("port %u is taken", port);
}

void tcp_listener_close(struct tcp_listener *listener)
{
    (void)listener;
}

err_t client_tcp_accept(void *opaque, struct tcp_pcb *pcb)
{
    (void)opaque;
    (void)pcb;
    return ERR_OK;
}

void client_tcp_check(void)
{
}

uint32_t lwip_system_random(void)
{
    return 4711;
}

void lwip_system_assert_failed(const char *what, const char *file, int line)
{
    claim_fails(what, file, line);
}

void net_loop_stop(struct net_loop *stopped)
{
    claim(stopped == &loop);
    loop.is_stopping = true;
    net_consoles_remove_all(NET_REMOVE_SECONDS);
}

void wire_relay_take(struct uart_role *role, int fd)
{
    (void)role;
    close(fd);
}

void net_loop_take_frames(struct net_loop *of)
{
    claim(of == &loop);
}

/* ---- the link ---- */

static void hear(enum role_sender sender)
{
    struct role_message message;

    while (role_link_receive(supervisor, &message, NULL) ==
           ROLE_LINK_MESSAGE) {
        claim(role_message_senders(message.type) & sender);
        if (message.type != ROLE_CONSOLE_ADDED &&
            message.type != ROLE_CONSOLE_FAILED)
            continue;
        claim(added > 0);
        added--;
        claim(message.type == ROLE_CONSOLE_ADDED || *message.text);
    }
}

/* Who talks to a role has the other end of its link; a new link each time, as
 * a role that is told nonsense ends. */
static void begin_link(void)
{
    int pair[2];

    claim(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
                      0, pair));
    claim(pair[0] != ROLE_LINK_FD && pair[1] != ROLE_LINK_FD);
    claim(dup2(pair[1], ROLE_LINK_FD) == ROLE_LINK_FD);
    close(pair[1]);
    supervisor = pair[0];
}

static void hang_up(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- the uart role ---- */

static void tell_uart_role(struct input *input)
{
    static struct uart_role role = { .server = { .id = 7 } };
    struct role_message message;
    bool is_announcing = take8(input) % 2;
    unsigned int i;

    is_stopping = must_remove_server = has_go_ahead = false;
    for (i = 0; i < OPERATIONS_MAX && input->at < input->end; i++)
        datagram_send(supervisor, input, fds, OTHER_FDS, &message);
    shutdown(supervisor, SHUT_WR);
    if (is_announcing) {
        claim(!supervisor_link_announce_server(&role) == has_go_ahead ||
              is_stopping);
        claim(!must_remove_server);
    } else {
        supervisor_link_receive(&role);
        claim(is_stopping && !has_go_ahead);
    }
    hear(ROLE_SENDER_UART);
}

/* ---- the net role ---- */

static void new_client(unsigned int which)
{
    int type = which % 2 ? SOCK_STREAM : SOCK_SEQPACKET, pair[2];

    hang_up(&clients[which]);
    hang_up(&fds[OTHER_FDS + which]);
    claim(!socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair));
    clients[which] = pair[0];
    fds[OTHER_FDS + which] = pair[1];
}

static void run_net_role(void)
{
    int turns;

    for (turns = 0; turns < 3; turns++) {
        net_consoles_resume_input();
        net_consoles_flush();
        ev_run(loop.ev, EVRUN_NOWAIT);
    }
    net_consoles_check();
    if (!net_consoles_sleep())
        net_consoles_flush();
    net_consoles_woken();
    hear(ROLE_SENDER_NET);
}

/* What it means well by: a console as the supervisor has it. */
static void add_console(struct input *input)
{
    struct role_message message = {
        .type = ROLE_ADD_CONSOLE, .console = take8(input) % 4, .value = 1,
    };

    snprintf(message.options, sizeof(message.options), "tcp=%u;access=%s",
             1 + take8(input) % 8, take8(input) % 2 ? "ro" : "rw");
    added += !loop.is_stopping &&
             !role_link_send(supervisor, &message, fds, 3);
}

static void say(struct input *input)
{
    struct role_message message;

    /* After what is no message the role stops and hears nothing more. */
    if (datagram_send(supervisor, input, fds, OTHER_FDS + CLIENTS, &message))
        added += message.type == ROLE_ADD_CONSOLE && !loop.is_stopping;
}

static void use_client(struct input *input)
{
    unsigned int which = take8(input) % CLIENTS;
    char text[2048];
    size_t bytes;

    switch (take8(input) % 4) {
    case 0: new_client(which); break;
    case 1: hang_up(&clients[which]); break;
    case 2:
        while (recv(clients[which], text, sizeof(text), 0) > 0)
            ;
        break;
    default:
        bytes = take_text(input, text, sizeof(text));
        send(clients[which], text, bytes, MSG_NOSIGNAL);
        break;
    }
}

static void write_output(struct input *input)
{
    uint64_t head = atomic_load(&out.header->head);
    unsigned int bytes = take16(input) % (2 * OUT_RING_BYTES_MIN);

    while (bytes-- > 0) {
        out_ring_put(&out, head, (uint8_t)head);
        head++;
    }
    atomic_store(&out.header->report.in_tail, head % 3 ? 0 : head);
}

static void tell_net_role(struct input *input)
{
    unsigned int i;

    loop.is_stopping = false;
    net_messages_start(&loop);
    for (i = 0; i < OPERATIONS_MAX && input->at < input->end; i++) {
        switch (take8(input) % 8) {
        case 0: case 1: add_console(input); break;
        case 2: case 3: use_client(input); break;
        case 4: write_output(input); break;
        default: say(input); break;
        }
        run_net_role();
        claim(added == 0 || loop.is_stopping);
    }
    shutdown(supervisor, SHUT_WR);
    run_net_role();
    claim(loop.is_stopping && net_consoles_are_done());
    for (i = 0; i < 4; i++)
        claim(net_consoles_remove(i, 1));
    added = 0;
}

/* ---- the process ---- */

static int open_file(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    claim(fd >= 0);
    return fd;
}

/* The in ring may have been given away as a client, and written to. */
static void renew_in_ring(void)
{
    claim(!ftruncate(fds[1], IN_FILE_BYTES) && !lseek(fds[1], 0, SEEK_SET));
    claim(pwrite(fds[1], in_file, IN_FILE_BYTES, 0) == IN_FILE_BYTES);
}

/* The folder that this begins in is for its files. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    unsigned int i;

    (void)argc;
    (void)argv;
    claim(open("/dev/null", O_RDWR | O_CLOEXEC) == ROLE_LINK_FD);
    begin_link();
    silence_stderr();
    claim(!out_ring_create("out", OUT_RING_BYTES_MIN));
    claim(!out_ring_open_writer(&out, "out"));
    claim(!in_ring_create("in") && !wake_create("wake"));
    fds[0] = open_file("out", O_RDONLY);
    fds[1] = open_file("in", O_RDWR);
    fds[2] = open_file("wake", O_RDWR | O_NONBLOCK);
    fds[3] = open_file("/dev/null", O_RDWR);
    fds[4] = open_file("/", O_RDONLY);
    claim(pread(fds[1], in_file, IN_FILE_BYTES, 0) == IN_FILE_BYTES);
    for (i = 0; i < CLIENTS; i++)
        clients[i] = fds[OTHER_FDS + i] = -1;
    loop.ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    claim(loop.ev);
    net_consoles_init(loop.ev);
    ev_run(loop.ev, EVRUN_NOWAIT);
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct input input = { data, data + bytes };
    unsigned int descriptors, i;

    hang_up(&supervisor);
    begin_link();
    renew_in_ring();
    descriptors = open_descriptors();
    for (i = 0; i < CLIENTS; i++)
        new_client(i);
    if (take8(&input) % 4 == 0)
        tell_uart_role(&input);
    else
        tell_net_role(&input);
    for (i = 0; i < CLIENTS; i++) {
        hang_up(&clients[i]);
        hang_up(&fds[OTHER_FDS + i]);
    }
    claim(open_descriptors() == descriptors);
    return 0;
}
