/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_fd.c - how a client is written to and read from over a descriptor
 * that does not block, and how it is noticed that the other side has gone
 */
#define _GNU_SOURCE
#include "net/client_fd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "net/net_console.h"

#define WRITES_MAX      8   /* in one go: others want to be served, too */
#define READS_MAX       512 /* in one go: more packets than a socket holds */
#define LAST_WRITES_MAX 64  /* more than a socket's buffer holds */

_Static_assert(ATTACH_INPUT_MAX <= CLIENT_HELD_MAX, "one read can be held");
_Static_assert(CLIENT_NOTICE_BYTES_MAX <= UINT8_MAX, "notice_at");

static struct ev_loop *loop;

void client_fd_init(struct ev_loop *the_loop)
{
    loop = the_loop;
}

static struct client_fd *fd_of(const struct client *client)
{
    return (struct client_fd *)client;
}

struct client_fd *client_fd_free_place(struct client_fd *places,
                                       unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        if (!places[i].client.console)
            return &places[i];
    return NULL;
}

/* ---- a client goes ---- */

static void forget(struct client_fd *fd)
{
    ev_io_stop(loop, &fd->input);
    ev_io_stop(loop, &fd->output);
    close(fd->input.fd);
    net_console_unlink(&fd->client);
}

/* The other side is gone. */
static void lose(struct client_fd *fd)
{
    if (fd->kind->lost)
        fd->kind->lost(fd);
    forget(fd);
}

/* A hang-up shows here also while nothing is read. */
static bool is_hung_up(const struct client_fd *fd)
{
    struct pollfd entry = { .fd = fd->input.fd };

    return poll(&entry, 1, 0) == 1 && (entry.revents & (POLLHUP | POLLERR));
}

/* Loses the client from on_input(), and not here: our caller may be walking
 * over the console's clients. */
static void lose_soon(struct client_fd *fd)
{
    fd->is_broken = fd->client.is_blocked = true;
    ev_io_stop(loop, &fd->output);
    ev_feed_event(loop, &fd->input, EV_CUSTOM);
}

/* ---- the guest's output ---- */

/* Returns how many bytes were taken; -1: none now, or never again. */
static ssize_t put(struct client_fd *fd, const void *bytes, size_t count,
                   uint64_t next)
{
    ssize_t written = fd->kind->put(fd, bytes, count, next);

    if (written > 0)
        return written;
    if (written < 0 && errno != EAGAIN && errno != EINTR)
        lose_soon(fd);
    return -1;
}

/* Returns whether no notice waits any more. */
static bool put_notice(struct client_fd *fd)
{
    ssize_t written;

    if (fd->notice_bytes == 0 && client_has_notice(&fd->client)) {
        fd->notice_at = 0;
        fd->notice_bytes = client_notice(&fd->client, fd->notice);
        client_told(&fd->client);
    }
    if (fd->notice_bytes == 0)
        return true;
    written = put(fd, fd->notice + fd->notice_at, fd->notice_bytes,
                  fd->client.reader.cursor);
    if (written < 0)
        return false;
    fd->notice_at += written;
    fd->notice_bytes -= written;
    return fd->notice_bytes == 0;
}

/* Returns whether no answer is owed any more. */
static bool put_answer(struct client_fd *fd)
{
    ssize_t r = 0;

    if (fd->owes_answer)
        r = fd->kind->answer(fd, fd->client.reader.cursor);
    if (r < 0 && errno != EAGAIN && errno != EINTR)
        lose_soon(fd);
    fd->owes_answer = r < 0;
    return r >= 0;
}

/* Of the next bytes, which the reader's cursor stands at, those of one fate:
 * they are put, or left out. */
static size_t filter(struct client_fd *fd, const uint8_t *piece, size_t bytes,
                     bool *passes)
{
    uint64_t cursor = fd->client.reader.cursor;
    uint64_t history = cursor < fd->history_end ? fd->history_end - cursor : 0;

    *passes = true;
    if (history == 0 && !history_filter_is_needed(&fd->filter))
        return bytes;
    if (history > 0 && bytes > history)
        bytes = history;
    return history_filter_next(&fd->filter, piece, bytes, bytes >= history,
                               passes);
}

/* The client has taken the bytes, or they were left out. */
static void move(struct client_fd *fd, size_t bytes)
{
    fd->client.reader.cursor += bytes;
    history_filter_passed(&fd->filter, bytes);
    if (fd->kind->moved)
        fd->kind->moved(fd);
}

/* Returns false when the ring is empty, or the client takes no more;
 * *has_more says whether it is the latter. */
static bool put_piece(struct client_fd *fd, bool *has_more)
{
    struct client_reader *reader = &fd->client.reader;
    uint8_t piece[CLIENT_FD_PIECE_MAX];
    ssize_t written;
    size_t bytes;
    bool passes;

    *has_more = true;
    if (!put_answer(fd))
        return false;
    if (fd->notice_bytes > 0 && !put_notice(fd))
        return false;
    bytes = net_console_copy(&fd->client, piece, sizeof(piece));
    *has_more = bytes > 0 || client_has_notice(&fd->client);
    if (reader->missed > 0)
        memset(&fd->filter, 0, sizeof(fd->filter));
    if (!*has_more || !put_notice(fd))
        return false;
    if (bytes == 0)
        return true; /* overtaken while copying, or no more: look again */
    bytes = filter(fd, piece, bytes, &passes);
    written = passes ? put(fd, piece, bytes, reader->cursor + bytes)
                     : (ssize_t)bytes;
    if (written < 0)
        return false;
    move(fd, written);
    return true;
}

/* Puts at most so many pieces.  Returns whether there is more. */
static bool put_pieces(struct client_fd *fd, int most)
{
    bool has_more = true;

    while (most-- > 0 && !fd->is_broken)
        if (!put_piece(fd, &has_more))
            break;
    return has_more;
}

static void send_pieces(struct client *client)
{
    struct client_fd *fd = fd_of(client);
    bool has_more = put_pieces(fd, WRITES_MAX);

    if (has_more && !fd->is_broken)
        ev_io_start(loop, &fd->output);
    else
        ev_io_stop(loop, &fd->output);
    client->is_blocked = has_more || fd->is_broken;
}

static void on_output(struct ev_loop *unused, ev_io *watcher, int events)
{
    struct client_fd *fd = watcher->data;

    (void)unused;
    (void)events;
    /* A pty's hang-up would bring us here again at once. */
    if (fd->client.held_bytes > 0 && is_hung_up(fd))
        lose_soon(fd);
    else
        send_pieces(&fd->client);
}

/* ---- what is typed ---- */

/* While input is held, nothing is read. */
static void watch_input(struct client_fd *fd)
{
    if (fd->client.held_bytes > 0)
        ev_io_stop(loop, &fd->input);
    else
        ev_io_start(loop, &fd->input);
}

static void released(struct client *client, size_t bytes)
{
    (void)bytes;
    watch_input(fd_of(client));
}

enum taken { TAKEN_NOTHING, TAKEN_SOME, TAKEN_THE_END };

/* An empty packet came, unless it is the end, which reads alike.  As nothing
 * is held, all that was typed before it is in the in ring. */
static enum taken take_question(struct client_fd *fd)
{
    if (!fd->kind->answer || is_hung_up(fd))
        return TAKEN_THE_END;
    fd->owes_answer = true;
    send_pieces(&fd->client);
    return TAKEN_SOME;
}

/* Reads once; nothing is held. */
static enum taken take_input(struct client_fd *fd)
{
    struct client *client = &fd->client;
    ssize_t bytes = read(fd->input.fd, client_space(client, ATTACH_INPUT_MAX),
                         ATTACH_INPUT_MAX);

    if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
        return TAKEN_NOTHING;
    if (bytes < 0)
        return TAKEN_THE_END;
    if (bytes == 0)
        return take_question(fd);
    if (!net_console_hears(client)) {
        net_console_ignored(client);
        return TAKEN_SOME;
    }
    net_console_typed(client, bytes);
    watch_input(fd);
    return TAKEN_SOME;
}

static void on_input(struct ev_loop *unused, ev_io *watcher, int events)
{
    struct client_fd *fd = watcher->data;

    (void)unused;
    (void)events;
    if (fd->is_broken || (fd->client.held_bytes == 0 &&
                          take_input(fd) == TAKEN_THE_END))
        lose(fd);
}

static void hear(struct client *client)
{
    struct client_fd *fd = fd_of(client);
    enum taken taken = TAKEN_SOME;
    int i;

    for (i = 0; i < READS_MAX && taken == TAKEN_SOME && !fd->is_broken &&
                client->held_bytes == 0; i++)
        taken = take_input(fd);
    if (taken == TAKEN_THE_END)
        lose(fd);
}

/* ---- the end ---- */

/* What was typed before it is still heard.  Output that is not taken now is
 * never taken: there are no `seconds` to wait. */
static void close_client(struct client *client, uint8_t seconds)
{
    struct client_fd *fd = fd_of(client);

    (void)seconds;
    if (client->held_bytes == 0 && !fd->is_broken)
        take_input(fd);
    put_pieces(fd, LAST_WRITES_MAX);
    forget(fd);
}

/* Nothing is read from a client whose input is held, so that its hang-up
 * would go unnoticed. */
static void check(struct client *client)
{
    struct client_fd *fd = fd_of(client);

    if (client->held_bytes > 0 && is_hung_up(fd))
        lose(fd);
}

/* ---- a client comes ---- */

static const struct client_ops client_fd_ops = {
    .send = send_pieces,
    .released = released,
    .close = close_client,
    .hear = hear,
    .check = check,
};

void client_fd_add(struct client_fd *fd, const struct client_fd_kind *kind,
                   struct net_console *console, int descriptor,
                   const struct role_message *message)
{
    memset(fd, 0, sizeof(*fd));
    client_init(&fd->client, &client_fd_ops, message->from);
    fd->client.is_read_only = message->is_read_only;
    fd->kind = kind;
    fd->history_end = message->is_terminal ? net_console_head(console) : 0;
    ev_io_init(&fd->input, on_input, descriptor, EV_READ);
    ev_io_init(&fd->output, on_output, descriptor, EV_WRITE);
    fd->input.data = fd->output.data = fd;
    ev_io_start(loop, &fd->input);
    net_console_link(console, &fd->client);
    if (kind->moved)
        kind->moved(fd);
    ev_feed_event(loop, &fd->output, EV_WRITE);
    /* A client that types and goes at once is heard. */
    on_input(loop, &fd->input, EV_READ);
}
