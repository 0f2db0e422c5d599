/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach.c - mediatorctl attach: asks mediatord for a console, shows its
 * output and sends what is typed, until the user detaches or the console is
 * gone
 */
#define _GNU_SOURCE
#include "ctl/attach.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shared/attach_protocol.h"
#include "ctl/attach_input.h"
#include "ctl/attach_terminal.h"
#include "ctl/control_client.h"

#define SHOWN_AT_ONCE     512   /* written when poll() says that standard
                                 * output is ready: a terminal takes so much
                                 * without blocking */
#define RETRY_MS          200   /* between two attempts to attach */
#define PATIENCE_MS       60000 /* until attempts to attach again end */
#define START_PATIENCE_MS 10000 /* until attempts at the start end */
#define LEAVE_MS          1000  /* for what was typed before detaching */

struct session {
    const struct attach_options *options;
    int socket;        /* -1 while it is not attached */
    uint64_t next;     /* the offset where the guest's output goes on */
    bool has_next;     /* a frame has come, so that next is valid */
    bool is_terminal;  /* standard input is one */
    bool has_input;    /* standard input is not at its end */
    bool is_done;
    int status;      /* the exit status, once is_done */
    int64_t give_up; /* when attempts to attach end, in ms of the monotonic
                      * clock; 0 while it is attached */
    struct attach_input input;
    bool is_full;      /* the user was told that the terminal is held up */
    int64_t leave_at;  /* when it ends, whatever was sent by then, in ms of
                        * the monotonic clock; 0: the user stays */
    struct attach_frame frame;
    size_t shown, to_show; /* how many of the frame's bytes have been shown,
                            * and how many it has */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

static void end(struct session *session, int status)
{
    session->is_done = true;
    session->status = status;
}

/* ---- requests to mediatord ---- */

static json_object *new_request(const struct session *session,
                                const char *verb)
{
    json_object *request = control_request(verb);

    control_add(request, "guest", session->options->guest);
    control_add(request, "name", session->options->name);
    return request;
}

static bool is_true(json_object *object, const char *key)
{
    json_object *value;

    return json_object_object_get_ex(object, key, &value) &&
           json_object_get_boolean(value);
}

/* The answer to the request; NULL, after a message, when there is none or when
 * it is a refusal. */
static json_object *ask(const struct session *session, json_object *request)
{
    char problem[CONTROL_PROBLEM_BYTES];
    int fd;
    json_object *answer = control_ask_for_fd(session->options->directory,
                                             request, &fd, problem);

    if (fd >= 0)
        close(fd);
    if (!answer) {
        attach_say("%s", problem);
        return NULL;
    }
    if (is_true(answer, "ok"))
        return answer;
    attach_say("%s", control_text(answer, "error"));
    json_object_put(answer);
    return NULL;
}

static void send_break(const struct session *session)
{
    json_object *answer = ask(session, new_request(session, "break"));

    if (answer)
        attach_say("break sent");
    json_object_put(answer);
}

/* Whether this is the console that we are attached to. */
static bool is_ours(const struct session *session, json_object *console)
{
    return !strcmp(control_text(console, "guest"), session->options->guest) &&
           (!session->options->name ||
            !strcmp(control_text(console, "name"), session->options->name));
}

static void say_status(const struct session *session)
{
    json_object *answer = ask(session, control_request("status"));
    json_object *status = NULL, *consoles = NULL;
    char bytes[CONTROL_COUNT_BYTES], clients[CONTROL_COUNT_BYTES];
    size_t i, count = 0;

    if (answer && json_object_object_get_ex(answer, "status", &status) &&
        json_object_object_get_ex(status, "consoles", &consoles))
        count = control_array_length(consoles);
    for (i = 0; i < count; i++) {
        json_object *console = json_object_array_get_idx(consoles, i);

        if (is_ours(session, console))
            attach_say("%s/%s: %s, domain %s, mode %s, line %s; %s "
                       "written, %s typed, %s",
                       control_text(console, "guest"),
                       control_text(console, "name"),
                       control_text(console, "state"),
                       control_text(console, "domid"),
                       control_text(console, "mode"),
                       control_text(console, "line"),
                       control_count(console, "bytes", "byte", bytes),
                       control_text(console, "typed"),
                       control_clients(console, clients));
    }
    json_object_put(answer);
}

/* ---- attaching ---- */

/* Attaching has failed.  Says so and ends, unless it may be tried again. */
static void take_refusal(struct session *session, bool may_retry, int status,
                         const char *problem)
{
    if (may_retry && now_ms() < session->give_up)
        return;
    attach_terminal_undo();
    attach_say("%s", problem);
    end(session, status);
}

static void try_to_attach(struct session *session)
{
    json_object *request = new_request(session, "attach"), *answer;
    char problem[CONTROL_PROBLEM_BYTES];
    bool was_attached = session->has_next;
    int fd;

    json_object_object_add(request, "read_only", json_object_new_boolean(
                           session->options->is_read_only));
    json_object_object_add(request, "terminal", json_object_new_boolean(
                           isatty(STDOUT_FILENO)));
    if (session->has_next)
        json_object_object_add(request, "from",
                               json_object_new_int64(session->next));
    answer = control_ask_for_fd(session->options->directory, request, &fd,
                                problem);
    if (!answer) {
        take_refusal(session, was_attached, EXIT_NO_DAEMON, problem);
        return;
    }
    if (fd >= 0) {
        session->input.cannot_ask = !is_true(answer, "questions");
        if (session->give_up && was_attached)
            attach_say("attached again");
        session->socket = fd;
        session->give_up = 0;
    } else {
        take_refusal(session, is_true(answer, "again"), EXIT_FAILURE,
                     control_text(answer, "error"));
    }
    json_object_put(answer);
}

/* Called when the net role has ended or the console has gone. */
static void lose_socket(struct session *session)
{
    size_t lost = attach_input_lost(&session->input);

    close(session->socket);
    session->socket = -1;
    session->give_up = now_ms() + PATIENCE_MS;
    if (lost > 0)
        attach_say("the net process went away, perhaps with the last %zu "
                   "bytes that were sent to it; attaching again", lost);
    else
        attach_say("the net process went away; attaching again");
    try_to_attach(session);
}

/* ---- the guest's output ---- */

static void receive(struct session *session)
{
    struct attach_frame *frame = &session->frame;
    ssize_t bytes = recv(session->socket, frame, sizeof(*frame), MSG_DONTWAIT);

    if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (bytes < (ssize_t)ATTACH_HEADER_BYTES) {
        lose_socket(session);
        return;
    }
    bytes -= ATTACH_HEADER_BYTES;
    if (frame->next == ATTACH_REFUSED) {
        attach_terminal_undo();
        attach_say("%.*s", (int)bytes, (const char *)frame->bytes);
        end(session, EXIT_FAILURE);
        return;
    }
    if (bytes == 0)
        attach_input_answered(&session->input);
    session->shown = 0;
    session->to_show = bytes;
    session->next = frame->next;
    session->has_next = true;
}

static void show(struct session *session)
{
    size_t bytes = session->to_show - session->shown;
    ssize_t written = write(STDOUT_FILENO,
                            session->frame.bytes + session->shown,
                            bytes < SHOWN_AT_ONCE ? bytes : SHOWN_AT_ONCE);

    if (written > 0) {
        attach_terminal_shown(session->frame.bytes + session->shown, written);
        session->shown += written;
    } else if (errno != EAGAIN && errno != EINTR) {
        attach_say("cannot write to standard output: %s", strerror(errno));
        end(session, EXIT_FAILURE);
    }
}

/* ---- input ---- */

static void say_keys(const struct session *session)
{
    char key[3];

    attach_escape_describe(session->options->escape, key);
    attach_say("%s . detaches, %s b sends a break, %s s shows the status, "
               "%s %s sends %s", key, key, key, key, key, key);
}

static void say_break_waits(const struct session *session)
{
    uint64_t left = attach_input_left(&session->input);

    if (session->options->is_read_only)
        attach_say("nothing is sent to the guest with --read-only");
    else if (left > 0)
        attach_say("the break follows %llu bytes that were typed before it",
                   (unsigned long long)left);
}

/* What was typed before still goes its way, if the guest takes it. */
static void leave(struct session *session)
{
    session->leave_at = now_ms() + LEAVE_MS;
    session->has_input = false;
}

static void end_left(struct session *session)
{
    uint64_t left = attach_input_left(&session->input);

    attach_terminal_undo();
    if (left > 0)
        attach_say("detached; the last %llu bytes that were typed may not "
                   "reach the guest", (unsigned long long)left);
    else
        attach_say("detached");
    end(session, EXIT_SUCCESS);
}

/* A break is sent when its turn comes (turn()). */
static void obey(struct session *session, enum attach_key key)
{
    switch (key) {
    case ATTACH_KEY_DETACH:
        leave(session);
        break;
    case ATTACH_KEY_BREAK:
        say_break_waits(session);
        break;
    case ATTACH_KEY_STATUS:
        say_status(session);
        break;
    case ATTACH_KEY_HELP:
    case ATTACH_KEY_UNKNOWN:
        say_keys(session);
        break;
    case ATTACH_KEY_SEND:
    case ATTACH_KEY_PREFIX:
        break;
    }
}

/* What is typed behind the detaching key is nobody's. */
static void take_typed(struct session *session, const uint8_t *bytes,
                       size_t count)
{
    size_t i;

    for (i = 0; i < count && session->has_input; i++)
        if (session->options->is_read_only)
            obey(session, attach_escape_take(&session->input.read, bytes[i]));
        else
            obey(session, attach_input_put(&session->input, bytes[i]));
}

static void read_input(struct session *session)
{
    uint8_t bytes[ATTACH_INPUT_READ_BYTES];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes));

    if (count > 0)
        take_typed(session, bytes, count);
    else if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    else if (session->is_terminal)
        end(session, EXIT_FAILURE);
    else
        session->has_input = false; /* output goes on, as it does with nc */
}

/* Whether there is room for what a read gives.  When there is none, a
 * terminal's user is told, as his keys are not seen either. */
static bool has_room(struct session *session)
{
    size_t room = attach_input_room(&session->input);

    if (room >= ATTACH_INPUT_READ_BYTES) {
        session->is_full = session->is_full && room < ATTACH_INPUT_AHEAD / 2;
        return true;
    }
    if (session->is_terminal && !session->is_full) {
        session->is_full = true;
        attach_say("the guest takes no more: %llu bytes wait here; the "
                   "terminal is not read until it has taken some",
                   (unsigned long long)attach_input_left(&session->input));
    }
    return false;
}

/* Returns whether something is to be sent.  A break's turn comes here. */
static bool prepare_to_send(struct session *session)
{
    enum attach_input_step step = attach_input_next(&session->input);

    for (; step == ATTACH_INPUT_BREAK && session->socket >= 0;
         step = attach_input_next(&session->input)) {
        send_break(session);
        attach_input_break_done(&session->input);
    }
    if (session->leave_at && step == ATTACH_INPUT_IDLE)
        end_left(session);
    return step == ATTACH_INPUT_SEND;
}

/* ---- the loop ---- */

/* How long poll() may wait, in ms. */
static int patience(const struct session *session)
{
    int64_t left;

    if (session->socket < 0)
        return RETRY_MS;
    if (!session->leave_at)
        return -1;
    left = session->leave_at - now_ms();
    return left > 0 ? (int)left : 0;
}

static void turn(struct session *session)
{
    bool is_showing = session->shown < session->to_show;
    bool is_sending = prepare_to_send(session);
    short input = session->has_input && has_room(session) ? POLLIN : 0;
    struct pollfd fds[] = {
        /* A terminal that is gone shows also when it is not to be read. */
        { .fd = input || session->is_terminal ? STDIN_FILENO : -1,
          .events = input },
        { .fd = is_showing ? STDOUT_FILENO : -1, .events = POLLOUT },
        /* One frame at a time is received: the rest waits in the net role. */
        { .fd = is_showing ? -1 : session->socket,
          .events = POLLIN | (is_sending ? POLLOUT : 0) },
    };

    if (session->is_done || poll(fds, 3, patience(session)) < 0)
        return; /* interrupted by a signal */
    if (fds[0].revents && input)
        read_input(session);
    else if (fds[0].revents)
        end(session, EXIT_FAILURE);
    if (!session->is_done && fds[1].revents)
        show(session);
    if (!session->is_done && (fds[2].revents & POLLOUT))
        attach_input_send(&session->input, session->socket);
    if (!session->is_done && (fds[2].revents & ~POLLOUT))
        receive(session);
    if (!session->is_done && session->socket < 0 && !is_showing)
        try_to_attach(session);
    if (!session->is_done && session->leave_at &&
        now_ms() >= session->leave_at)
        end_left(session);
}

/* Returns 0, or -1 after a message. */
static int begin_terminal(struct session *session)
{
    const struct attach_options *options = session->options;
    char key[3];

    session->is_terminal = attach_terminal_begin();
    session->has_input = session->is_terminal || !options->is_read_only;
    if (attach_input_open(&session->input,
                          session->is_terminal ? options->escape
                                               : ATTACH_ESCAPE_NONE,
                          session->is_terminal ? ATTACH_INPUT_AHEAD
                                               : ATTACH_INPUT_PIPE_AHEAD)) {
        attach_say("out of memory");
        return -1;
    }
    if (!session->is_terminal)
        return 0;
    attach_escape_describe(options->escape, key);
    if (options->escape == ATTACH_ESCAPE_NONE)
        attach_say("attached to %s", options->guest);
    else
        attach_say("attached to %s; %s . detaches, %s ? shows the other keys",
                   options->guest, key, key);
    return 0;
}

int attach(const struct attach_options *options)
{
    struct session session = {
        .options = options,
        .socket = -1,
        .give_up = now_ms() + START_PATIENCE_MS,
    };

    try_to_attach(&session);
    while (!session.is_done && session.socket < 0) {
        poll(NULL, 0, RETRY_MS);
        try_to_attach(&session);
    }
    if (!session.is_done && begin_terminal(&session))
        end(&session, EXIT_FAILURE);
    while (!session.is_done)
        turn(&session);
    if (session.socket >= 0)
        close(session.socket);
    attach_input_close(&session.input);
    return session.status;
}
