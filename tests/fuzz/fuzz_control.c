/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_control.c - libFuzzer on the control socket: whatever mediatorctl, or
 * who passes for it, sends, in any pieces, with any descriptors
 *
 * The input is that, and what roles and Xen do meanwhile.  Each line is
 * answered at most once, by one line of control_protocol.h; a descriptor comes
 * with the answer to attach alone; nothing is left of a connection.
 */
#define _GNU_SOURCE
#include <ev.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz/fuzz_supervisor.h"
#include "fuzz/fuzz_support.h"
#include "shared/control_protocol.h"
#include "shared/descriptors.h"
#include "supervisor/console/consoles.h"
#include "supervisor/control_socket.h"

#define OPERATIONS_MAX 64
#define CLIENTS 3
#define TEXT_BYTES 1024
#define ANSWER_BYTES (1u << 18)

static struct client {
    int fd; /* -1: not connected */
    unsigned int lines; /* that it has sent and that are not answered */
    size_t used;
    char answer[ANSWER_BYTES];
} clients[CLIENTS];

static void hang_up(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

static void connect_client(struct client *client)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX,
                                   .sun_path = "./" CONTROL_SOCKET };

    hang_up(client);
    client->lines = client->used = 0;
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                        0);
    claim(client->fd >= 0);
    claim(!connect(client->fd, (struct sockaddr *)&address, sizeof(address)));
}

/* ---- what is sent ---- */

static void send_bytes(struct client *client, const void *bytes, size_t count,
                       unsigned int fd_count)
{
    static const int fds[DESCRIPTORS_MAX] = { 0, 1, 2 };
    struct iovec part = { (void *)bytes, count };
    const char *at = bytes;
    ssize_t sent;

    if (client->fd < 0)
        return;
    sent = descriptors_send(client->fd, &part, 1, fds, fd_count,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
    for (; sent > 0; sent--)
        client->lines += *at++ == '\n';
}

static void send_text(struct client *client, struct input *input)
{
    char text[TEXT_BYTES];
    uint8_t how = take8(input);
    size_t bytes = take_text(input, text, sizeof(text) - 1);

    if (how & 4)
        text[bytes++] = '\n';
    send_bytes(client, text, bytes, how % 4);
}

/* A request of which the input says what stands in it. */
static void send_request(struct client *client, struct input *input)
{
    static const char *const verbs[] = {
        "serve", "unserve", "break", "attach", "status", "nic",
    };
    static const char *const guests[] = { "g0", "g1", "g2", "g4" };
    static const char *const more[] = {
        "\"options\":\"mode=virtual;history=4K;tcp=1001\"",
        "\"name\":\"com1\"",
        "\"from\":0,\"read_only\":true", "\"action\":\"release\"",
        "\"action\":\"take\"", "\"options\":\"history=4K;name=b;tcp=7\"",
        "\"from\":-1", "\"name\":null",
    };
    char text[TEXT_BYTES];
    int bytes = snprintf(text, sizeof(text),
                         "{\"version\":1,\"verb\":\"%s\","
                         "\"guest\":\"%s\",%s}\n",
                         verbs[take8(input) % 6], guests[take8(input) % 4],
                         more[take8(input) % 8]);
    size_t first = take8(input) % bytes;

    send_bytes(client, text, first, 0);
    world_turn();
    send_bytes(client, text + first, bytes - first, 0);
}

/* More than a line may have. */
static void send_long_line(struct client *client)
{
    static char text[CONTROL_LINE_BYTES_MAX + 1];

    memset(text, ' ', sizeof(text));
    send_bytes(client, text, sizeof(text), 0);
}

/* ---- what is answered ---- */

/* Returns whether the request was granted. */
static bool check_answer(struct client *client, const char *line)
{
    json_object *answer = json_tokener_parse(line), *value, *error;
    bool is_ok, has_error;

    claim(answer && client->lines > 0);
    client->lines--;
    claim(json_object_object_get_ex(answer, "version", &value) &&
          json_object_get_int(value) == CONTROL_VERSION);
    claim(json_object_object_get_ex(answer, "ok", &value) &&
          json_object_is_type(value, json_type_boolean));
    is_ok = json_object_get_boolean(value);
    has_error = json_object_object_get_ex(answer, "error", &error);
    claim(has_error == !is_ok);
    claim(!has_error || *json_object_get_string(error));
    json_object_put(answer);
    return is_ok;
}

static void receive(struct client *client)
{
    char *text = client->answer, *end;
    ssize_t bytes = 1;

    /* What comes at once ends behind the answer that has a descriptor. */
    while (client->fd >= 0 && bytes > 0) {
        bool is_granted = false;
        int fd = -1;

        bytes = descriptors_receive(client->fd, text + client->used,
                                    ANSWER_BYTES - client->used, &fd, 1);
        if (fd >= 0)
            close(fd);
        if (bytes > 0)
            client->used += bytes;
        while ((end = memchr(text, '\n', client->used))) {
            *end = '\0';
            is_granted = check_answer(client, text);
            client->used -= end + 1 - text;
            memmove(text, end + 1, client->used);
        }
        claim(fd < 0 || is_granted);
    }
    if (bytes == 0)
        hang_up(client);
}

/* ---- what else happens ---- */

static void behave(uint8_t how)
{
    struct world_role *role = world_role(how % 4);
    struct role_message sent = { .type = ROLE_BREAK_SENT };
    uint32_t number;

    if (!role)
        return;
    if (how & 128) {
        world_end_role(role);
        return;
    }
    if (how % 4 > 0)
        role_link_send_type(role->link, ROLE_SERVER_CREATED);
    if (how % 4 > 0 || !world.net.is_ready)
        role_link_send_type(role->link, ROLE_READY);
    for (number = 1; how % 4 == 0 && number <= world.consoles.last_number;
         number++)
        role_link_send_text(role->link, ROLE_CONSOLE_ADDED, number, "");
    sent.value = world.consoles.last_break;
    if (how % 4 == 0)
        role_link_send(role->link, &sent, NULL, 0);
}

static void operate(struct input *input)
{
    struct client *client = &clients[take8(input) % CLIENTS];
    uint8_t how;

    switch (take8(input) % 12) {
    case 0: connect_client(client); break;
    case 1: send_long_line(client); break;
    case 2: hang_up(client); break;
    case 3: world_pass_time(); break;
    case 4:
        how = take8(input);
        world.has_domain = how & 1;
        world.is_in_use = how & 2;
        consoles_check_domains(&world.consoles);
        break;
    case 5: behave(take8(input)); break;
    case 6: world.consoles.is_closed = take8(input) % 2; break;
    case 7: case 8: send_text(client, input); break;
    default: send_request(client, input); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct input input = { data, data + bytes };
    struct control_socket *control;
    unsigned int i;

    world_begin(take8(&input) % 8);
    control = control_socket_start(&world.consoles);
    claim(control);
    for (i = 0; i < CLIENTS; i++) {
        clients[i].fd = -1;
        connect_client(&clients[i]);
    }
    for (i = 0; i < OPERATIONS_MAX && input.at < input.end; i++) {
        operate(&input);
        world_turn();
        world_check();
        receive(&clients[i % CLIENTS]);
    }
    for (i = 0; i < CLIENTS; i++) {
        receive(&clients[i]);
        hang_up(&clients[i]);
    }
    world_turn();
    control_socket_stop(control);
    world_end();
    return 0;
}
