/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "net/client_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/net_console.h"
#include "shared/role_link.h"

#define LOCALS_MAX (LOCAL_ATTACHED_MAX + CONSOLES_MAX)
#define WRITES_MAX      8  /* in one go: others want to be served too */
#define LAST_WRITES_MAX 64 /* more than a socket's buffer holds */

static struct local_client locals[LOCALS_MAX];
static struct ev_loop *loop;

static void on_input(struct ev_loop *unused, ev_io *watcher, int events);
static void on_output(struct ev_loop *unused, ev_io *watcher, int events);

void local_clients_init(struct ev_loop *the_loop)
{
    loop = the_loop;
}

/* ---- a client comes and goes ---- */

static void forget(struct local_client *local)
{
    int fd = local->input.fd;

    ev_io_stop(loop, &local->input);
    ev_io_stop(loop, &local->output);
    close(fd);
    console_server_unlink_local(local->console, local);
    local->console = NULL;
}

/* The other side is gone. */
static void lose(struct local_client *local)
{
    if (local->is_pty)
        console_server_let_go_of_pty(local->console);
    forget(local);
}

/* Seen also while nothing is read. */
static bool is_hung_up(const struct local_client *local)
{
    struct pollfd state = { .fd = local->input.fd };

    return poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR));
}

/* Not from within whatever walks over the clients. */
static void forget_soon(struct local_client *local)
{
    local->is_broken = true;
    ev_io_stop(loop, &local->output);
    ev_feed_event(loop, &local->input, EV_CUSTOM);
}

/* A pty of each console always finds a place. */
static struct local_client *free_place(bool is_pty)
{
    struct local_client *place = NULL;
    unsigned int i, attached = 0;

    for (i = 0; i < LOCALS_MAX; i++) {
        if (!locals[i].console)
            place = place ? place : &locals[i];
        else
            attached += !locals[i].is_pty;
    }
    return is_pty || attached < LOCAL_ATTACHED_MAX ? place : NULL;
}

static void refuse(int fd)
{
    struct attach_frame frame = { .next = ATTACH_REFUSED };
    int length = snprintf((char *)frame.bytes, sizeof(frame.bytes),
                          "%u clients are attached already; detach one of "
                          "them", LOCAL_ATTACHED_MAX);

    /* Its socket is new and has room. */
    if (write(fd, &frame, ATTACH_HEADER_BYTES + length) < 0)
        log_warning("a client to be refused went away");
    close(fd);
}

/* Where a successor of this process goes on. */
static void set_pty_cursor(struct local_client *local)
{
    atomic_store_explicit(&local->console->in.header->pty_cursor,
                          local->reader.cursor, memory_order_relaxed);
}

void local_client_add(struct console_server *console, int fd,
                      const struct role_message *message)
{
    bool is_pty = message->value == ROLE_LOCAL_PTY;
    struct local_client *local = free_place(is_pty);

    if (!local) {
        refuse(fd);
        return;
    }
    memset(local, 0, sizeof(*local));
    local->console = console;
    local->reader.cursor = message->from;
    local->is_pty = is_pty;
    local->is_read_only = message->is_read_only;
    ev_io_init(&local->input, on_input, fd, EV_READ);
    ev_io_init(&local->output, on_output, fd, EV_WRITE);
    local->input.data = local->output.data = local;
    ev_io_start(loop, &local->input);
    console_server_link_local(console, local);
    if (is_pty)
        set_pty_cursor(local);
    ev_feed_event(loop, &local->output, EV_WRITE);
    /* Who writes into a pty and goes at once is heard. */
    on_input(loop, &local->input, EV_READ);
}

/* ---- the guest's output ---- */

/* How many bytes were taken; -1: none now, or never again. */
static ssize_t put(struct local_client *local, const void *bytes,
                   size_t count)
{
    ssize_t written = write(local->output.fd, bytes, count);

    if (written > 0)
        return written;
    if (written < 0 && errno != EAGAIN && errno != EINTR)
        forget_soon(local);
    return -1;
}

/* To an attached client: a frame goes as a whole or not at all. */
static ssize_t put_frame(struct local_client *local,
                         struct attach_frame *frame, uint64_t next,
                         size_t count)
{
    frame->next = next;
    return put(local, frame, ATTACH_HEADER_BYTES + count) < 0
               ? -1 : (ssize_t)count;
}

/* True: none waits any more. */
static bool put_notice(struct local_client *local)
{
    struct attach_frame frame;
    ssize_t written;

    if (local->notice_bytes == 0 && local->reader.missed > 0) {
        local->notice_at = 0;
        local->notice_bytes = console_reader_notice(&local->reader,
                                                    local->notice);
        local->reader.missed = 0;
    }
    if (local->notice_bytes == 0)
        return true;
    memcpy(frame.bytes, local->notice + local->notice_at,
           local->notice_bytes);
    written = local->is_pty
                  ? put(local, frame.bytes, local->notice_bytes)
                  : put_frame(local, &frame, local->reader.cursor,
                              local->notice_bytes);
    if (written < 0)
        return false;
    local->notice_at += written;
    local->notice_bytes -= written;
    return local->notice_bytes == 0;
}

/* False: the ring is empty, or the client takes no more; has_more says
 * which. */
static bool put_piece(struct local_client *local, bool *has_more)
{
    struct attach_frame frame;
    ssize_t written;
    size_t bytes;

    *has_more = true;
    if (local->notice_bytes > 0 && !put_notice(local))
        return false;
    bytes = console_reader_copy(&local->reader, local->console, frame.bytes,
                                sizeof(frame.bytes));
    *has_more = bytes > 0 || local->reader.missed > 0;
    if (!*has_more || !put_notice(local))
        return false;
    if (bytes == 0)
        return true; /* overtaken while copying: look again */
    written = local->is_pty
                  ? put(local, frame.bytes, bytes)
                  : put_frame(local, &frame, local->reader.cursor + bytes,
                              bytes);
    if (written < 0)
        return false;
    local->reader.cursor += written;
    if (local->is_pty)
        set_pty_cursor(local);
    return true;
}

/* At most so many; true: there is more. */
static bool put_pieces(struct local_client *local, int most)
{
    bool has_more = true;

    while (most-- > 0 && !local->is_broken)
        if (!put_piece(local, &has_more))
            break;
    return has_more;
}

static void send_some(struct local_client *local)
{
    bool has_more = put_pieces(local, WRITES_MAX);

    if (has_more && !local->is_broken)
        ev_io_start(loop, &local->output);
    else
        ev_io_stop(loop, &local->output);
}

static void on_output(struct ev_loop *unused, ev_io *watcher, int events)
{
    struct local_client *local = watcher->data;

    (void)unused;
    (void)events;
    /* A pty's hang-up would bring us here again at once. */
    if (local->held_bytes > 0 && is_hung_up(local))
        forget_soon(local);
    else
        send_some(local);
}

static bool is_blocked(const struct local_client *local)
{
    return ev_is_active(&local->output) || local->is_broken;
}

void local_clients_send(struct console_server *console)
{
    struct local_client *local;

    for (local = console->locals; local; local = local->next)
        if (!is_blocked(local))
            send_some(local);
}

bool local_clients_listen(const struct console_server *console)
{
    const struct local_client *local;

    for (local = console->locals; local; local = local->next)
        if (!is_blocked(local))
            return true;
    return false;
}

/* ---- what is typed ---- */

/* As much as there is room for; the rest is held, and nothing read. */
static void push(struct local_client *local)
{
    size_t taken = console_input_write(local->console,
                                       local->held + local->held_at,
                                       local->held_bytes);

    local->held_at += taken;
    local->held_bytes -= taken;
    if (local->held_bytes > 0)
        ev_io_stop(loop, &local->input);
    else
        ev_io_start(loop, &local->input);
}

/* False: the other side is gone. */
static bool take_input(struct local_client *local)
{
    ssize_t bytes = read(local->input.fd, local->held, sizeof(local->held));

    if (bytes < 0)
        return errno == EAGAIN || errno == EINTR;
    if (bytes == 0)
        return false;
    if (local->is_read_only || !console_input_is_heard(local->console))
        return true;
    local->held_at = 0;
    local->held_bytes = bytes;
    push(local);
    console_input_update(local->console);
    return true;
}

static void on_input(struct ev_loop *unused, ev_io *watcher, int events)
{
    struct local_client *local = watcher->data;

    (void)unused;
    (void)events;
    if (local->is_broken || (local->held_bytes == 0 && !take_input(local)))
        lose(local);
}

bool local_clients_hold(const struct console_server *console)
{
    const struct local_client *local;

    for (local = console->locals; local; local = local->next)
        if (local->held_bytes > 0)
            return true;
    return false;
}

void local_clients_resume(struct console_server *console)
{
    struct local_client *local;

    for (local = console->locals; local; local = local->next)
        if (local->held_bytes > 0)
            push(local);
}

/* ---- the end ---- */

static void finish(struct local_client *local)
{
    if (local->held_bytes == 0 && !local->is_broken)
        take_input(local);
    put_pieces(local, LAST_WRITES_MAX);
    forget(local);
}

void local_clients_close(struct console_server *console)
{
    while (console->locals)
        finish(console->locals);
}

void local_clients_check(void)
{
    unsigned int i;

    for (i = 0; i < LOCALS_MAX; i++) {
        struct local_client *local = &locals[i];

        if (local->console && local->held_bytes > 0 && is_hung_up(local))
            lose(local);
    }
}
