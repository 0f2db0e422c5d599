/* SPDX-License-Identifier: BSD-2-Clause */
/* control_socket.c - requests of mediatorctl, and their answers */
#define _GNU_SOURCE
#include "supervisor/control_socket.h"

#include <errno.h>
#include <ev.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/control_protocol.h"
#include "shared/descriptors.h"
#include "shared/json_add.h"
#include "shared/log.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console_attach.h"
#include "supervisor/console/console_break.h"
#include "supervisor/console/console_list.h"
#include "supervisor/console/console_request.h"
#include "supervisor/roles/net_keeper.h"
#include "supervisor/status.h"

#define CONNECTIONS_MAX 32

/* For so many seconds nobody is let in when there was no descriptor for who
 * waits: he would keep the loop busy. */
#define PAUSE_SECONDS 0.2

struct connection {
    struct connection *next;
    struct control_socket *control;
    ev_io watcher;
    bool is_waiting; /* for the end of a request; until then nothing more is
                      * read */
    size_t used;
    char line[CONTROL_LINE_BYTES_MAX];
};

struct control_socket {
    struct console_list *consoles;
    struct connection *connections;
    unsigned int count;
    ev_io watcher;
    ev_timer pause; /* while it runs, the watcher does not */
    char path[108]; /* of sockaddr_un */
};

static void connection_close(struct connection *connection)
{
    struct control_socket *control = connection->control;
    struct connection **place = &control->connections;

    console_forget_request(control->consoles, connection);
    console_breaks_forget(control->consoles, connection);
    net_keeper_forget_request(control->consoles->net, connection);
    ev_io_stop(control->consoles->loop, &connection->watcher);
    close(connection->watcher.fd);
    while (*place != connection)
        place = &(*place)->next;
    *place = connection->next;
    control->count--;
    free(connection);
}

/* Takes over `answer`, but not fd, which may be -1 for none.  When the answer
 * does not fit the socket's buffer, the client does not read: its connection
 * ends. */
static void send_answer_with(struct connection *connection,
                             json_object *answer, int fd)
{
    const char *text = json_object_to_json_string_ext(answer,
                                                      JSON_C_TO_STRING_PLAIN);
    struct iovec parts[] = { { (void *)text, strlen(text) }, { "\n", 1 } };
    ssize_t bytes = parts[0].iov_len + 1;

    if (descriptors_send(connection->watcher.fd, parts, 2, &fd, fd >= 0,
                         MSG_NOSIGNAL | MSG_DONTWAIT) != bytes)
        shutdown(connection->watcher.fd, SHUT_RDWR);
    json_object_put(answer);
}

static void send_answer(struct connection *connection, json_object *answer)
{
    send_answer_with(connection, answer, -1);
}

static json_object *new_answer(const char *problem)
{
    json_object *answer = json_object_new_object();

    json_add_int(answer, "version", CONTROL_VERSION);
    json_add_bool(answer, "ok", !problem);
    if (problem)
        json_add_string(answer, "error", problem);
    return answer;
}

static void on_request_done(void *opaque, const char *problem)
{
    struct connection *connection = opaque;
    struct ev_loop *loop = connection->control->consoles->loop;

    connection->is_waiting = false;
    ev_io_start(loop, &connection->watcher);
    /* More requests may have been read already.  They are handled by the loop
     * and not from here, as this may be called while one is handled. */
    ev_feed_event(loop, &connection->watcher, EV_READ);
    send_answer(connection, new_answer(problem));
}

/* The string of that key; NULL when it is missing or no string. */
static const char *get_string(json_object *request, const char *key)
{
    json_object *value;

    if (!json_object_object_get_ex(request, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}

/* The verb was begun (rc 0), and on_request_done() will be called at its end;
 * or it has failed. */
static void begin_wait(struct connection *connection, int rc)
{
    if (rc) {
        send_answer(connection, new_answer(log_last_error()));
        return;
    }
    connection->is_waiting = true;
    ev_io_stop(connection->control->consoles->loop, &connection->watcher);
}

/* Begins to serve the guest of that name or domid.  Fails with a message. */
static int begin_serve(struct connection *connection, const char *guest,
                       const char *options)
{
    struct console_list *consoles = connection->control->consoles;
    struct domain domain;
    int rc = domains_find(consoles->domains, guest, &domain);

    if (!rc)
        rc = console_serve(consoles, &domain, options ? options : "",
                           on_request_done, connection);
    if (rc == CONSOLE_BUSY)
        rc = log_error("what \"%s\" wants is a console's whose domain is "
                       "ending; try again when mediatorctl list shows it idle",
                       guest);
    return rc;
}

static void handle_serve(struct connection *connection, json_object *request)
{
    const char *guest = get_string(request, "guest");
    const char *options = get_string(request, "options");

    if (!guest) {
        send_answer(connection, new_answer("serve: which guest?"));
        return;
    }
    begin_wait(connection, begin_serve(connection, guest, options));
}

static void handle_unserve(struct connection *connection,
                           json_object *request)
{
    const char *guest = get_string(request, "guest");
    struct console_list *consoles = connection->control->consoles;

    if (!guest) {
        send_answer(connection, new_answer("unserve: which guest?"));
        return;
    }
    /* An idle console is unserved, and answered, before this returns: the
     * connection waits from before. */
    connection->is_waiting = true;
    ev_io_stop(consoles->loop, &connection->watcher);
    if (console_unserve(consoles, guest, get_string(request, "name"),
                        on_request_done, connection))
        on_request_done(connection, log_last_error());
}

static void handle_break(struct connection *connection, json_object *request)
{
    const char *guest = get_string(request, "guest");
    struct console_list *consoles = connection->control->consoles;

    if (!guest) {
        send_answer(connection, new_answer("break: which guest?"));
        return;
    }
    /* Without a net role it is done, and answered, before this returns. */
    connection->is_waiting = true;
    ev_io_stop(consoles->loop, &connection->watcher);
    if (console_break(consoles, guest, get_string(request, "name"),
                      on_request_done, connection))
        on_request_done(connection, log_last_error());
}

static void handle_attach(struct connection *connection,
                          json_object *request)
{
    struct console_attach wanted = {
        .guest = get_string(request, "guest"),
        .name = get_string(request, "name"),
    };
    json_object *value, *answer;
    bool may_retry;
    int fd;

    if (!wanted.guest) {
        send_answer(connection, new_answer("attach: which guest?"));
        return;
    }
    wanted.has_from = json_object_object_get_ex(request, "from", &value);
    wanted.from = wanted.has_from ? json_object_get_int64(value) : 0;
    if (json_object_object_get_ex(request, "read_only", &value))
        wanted.is_read_only = json_object_get_boolean(value);
    if (json_object_object_get_ex(request, "terminal", &value))
        wanted.is_terminal = json_object_get_boolean(value);
    fd = console_attach(connection->control->consoles, &wanted, &may_retry);
    answer = new_answer(fd < 0 ? log_last_error() : NULL);
    if (fd < 0)
        json_add_bool(answer, "again", may_retry);
    else
        json_add_bool(answer, "questions", true);
    send_answer_with(connection, answer, fd);
    if (fd >= 0)
        close(fd);
}

static void handle_status(struct connection *connection, json_object *request)
{
    json_object *answer = new_answer(NULL);

    (void)request;
    json_add(answer, "status",
             status_to_json(connection->control->consoles));
    send_answer(connection, answer);
}

static void handle_nic(struct connection *connection, json_object *request)
{
    const char *action = get_string(request, "action");
    struct console_list *consoles = connection->control->consoles;
    int rc = -1;

    /* It may be done, and answered, before this returns: the connection waits
     * from before. */
    connection->is_waiting = true;
    ev_io_stop(consoles->loop, &connection->watcher);
    if (action && !strcmp(action, "release"))
        rc = net_keeper_release(consoles->net, on_request_done, connection);
    else if (action && !strcmp(action, "take"))
        rc = net_keeper_take(consoles->net, on_request_done, connection);
    else
        log_error("nic: release or take?");
    if (rc)
        on_request_done(connection, log_last_error());
}

static const struct {
    const char *name;
    void (*handle)(struct connection *connection, json_object *request);
} verbs[] = {
    { "serve", handle_serve },
    { "unserve", handle_unserve },
    { "break", handle_break },
    { "attach", handle_attach },
    { "status", handle_status },
    { "nic", handle_nic },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void handle_unknown(struct connection *connection, const char *verb)
{
    char text[256];
    unsigned int i;

    snprintf(text, sizeof(text), "mediatord knows no verb \"%.32s\", only",
             verb);
    for (i = 0; i < VERBS; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
                 verbs[i].name);
    send_answer(connection, new_answer(text));
}

static void handle_line(struct connection *connection, const char *line)
{
    json_object *request = json_tokener_parse(line);
    const char *verb = request ? get_string(request, "verb") : NULL;
    unsigned int i;

    for (i = 0; verb && i < VERBS; i++)
        if (!strcmp(verbs[i].name, verb))
            break;
    if (!verb)
        send_answer(connection, new_answer("not a request: a JSON object "
                                           "with a verb is wanted"));
    else if (i == VERBS)
        handle_unknown(connection, verb);
    else
        verbs[i].handle(connection, request);
    json_object_put(request);
}

static void handle_lines(struct connection *connection)
{
    char *end;

    while (!connection->is_waiting &&
           (end = memchr(connection->line, '\n', connection->used))) {
        size_t length = end + 1 - connection->line;

        *end = '\0';
        handle_line(connection, connection->line);
        connection->used -= length;
        memmove(connection->line, connection->line + length,
                connection->used);
    }
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct connection *connection = watcher->data;
    size_t space;
    ssize_t bytes;

    (void)loop;
    (void)events;
    handle_lines(connection);
    if (connection->is_waiting)
        return;
    space = sizeof(connection->line) - connection->used;
    bytes = recv(watcher->fd, connection->line + connection->used, space,
                 MSG_DONTWAIT);
    if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (bytes <= 0) { /* gone, or a line that is too long */
        connection_close(connection);
        return;
    }
    connection->used += bytes;
    handle_lines(connection);
}

static void on_connection(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct control_socket *control = watcher->data;
    struct connection *connection;
    int fd = accept4(watcher->fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
            errno == ENOBUFS) {
            ev_io_stop(loop, &control->watcher);
            ev_timer_set(&control->pause, PAUSE_SECONDS, 0.);
            ev_timer_start(loop, &control->pause);
        }
        return;
    }
    connection = control->count < CONNECTIONS_MAX
                     ? calloc(1, sizeof(*connection)) : NULL;
    if (!connection) {
        close(fd);
        return;
    }
    connection->control = control;
    connection->next = control->connections;
    control->connections = connection;
    control->count++;
    ev_io_init(&connection->watcher, on_readable, fd, EV_READ);
    connection->watcher.data = connection;
    ev_io_start(loop, &connection->watcher);
}

static void on_pause_over(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct control_socket *control = watcher->data;

    (void)events;
    ev_io_start(loop, &control->watcher);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask;
    int r;

    if (fd < 0)
        return log_errno("cannot make a socket");
    strcpy(address.sun_path, path);
    /* The socket is a predecessor's, who is gone: the directory's lock is
     * ours. */
    unlink(path);
    mask = umask(0177);
    r = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (r || listen(fd, 8)) {
        int rc = log_errno("cannot listen at %s", path);

        close(fd);
        return rc;
    }
    return fd;
}

struct control_socket *control_socket_start(struct console_list *consoles)
{
    struct control_socket *control = calloc(1, sizeof(*control));
    int fd;

    if (!control) {
        log_error("out of memory");
        return NULL;
    }
    control->consoles = consoles;
    if (snprintf(control->path, sizeof(control->path), "%s/" CONTROL_SOCKET,
                 consoles->config->directory) >=
        (int)sizeof(control->path)) {
        log_error("the directory's name %s is too long for a socket",
                  consoles->config->directory);
        goto out;
    }
    fd = listen_at(control->path);
    if (fd < 0)
        goto out;
    ev_io_init(&control->watcher, on_connection, fd, EV_READ);
    control->watcher.data = control;
    ev_io_start(consoles->loop, &control->watcher);
    ev_timer_init(&control->pause, on_pause_over, 0., 0.);
    control->pause.data = control;
    return control;
out:
    free(control);
    return NULL;
}

void control_socket_stop(struct control_socket *control)
{
    if (!control)
        return;
    while (control->connections)
        connection_close(control->connections);
    ev_io_stop(control->consoles->loop, &control->watcher);
    ev_timer_stop(control->consoles->loop, &control->pause);
    close(control->watcher.fd);
    unlink(control->path);
    free(control);
}
