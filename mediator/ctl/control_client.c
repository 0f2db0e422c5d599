/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_client.c - sends a request to mediatord's control socket and
 * receives the answer
 */
#define _GNU_SOURCE
#include "ctl/control_client.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/control_protocol.h"
#include "shared/descriptors.h"
#include "shared/printable.h"

#define ANSWER_BYTES_MAX (16u << 20)
#define TEXT_BYTES_MAX    4096 /* of one that is shown */
#define JSON_ESCAPE_BYTES 6    /* \u009b */

static int connect_to_daemon(const char *directory,
                             char problem[CONTROL_PROBLEM_BYTES])
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (snprintf(address.sun_path, sizeof(address.sun_path),
                 "%s/" CONTROL_SOCKET, directory) >=
        (int)sizeof(address.sun_path)) {
        snprintf(problem, CONTROL_PROBLEM_BYTES,
                 "the directory's name is too long");
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        !connect(fd, (struct sockaddr *)&address, sizeof(address)))
        return fd;
    snprintf(problem, CONTROL_PROBLEM_BYTES,
             "mediatord does not answer at %s: %s; is it running (systemctl "
             "start mediatord), and are you root?", address.sun_path,
             strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Sends the request with the protocol's version, and frees it. */
static bool send_request(int fd, json_object *request)
{
    const char *text;
    size_t bytes;
    char *line = NULL;
    bool is_sent;

    json_object_object_add(request, "version",
                           json_object_new_int(CONTROL_VERSION));
    text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
    bytes = strlen(text) + 1;
    is_sent = asprintf(&line, "%s\n", text) > 0 &&
              send(fd, line, bytes, MSG_NOSIGNAL) == (ssize_t)bytes;
    free(line);
    json_object_put(request);
    return is_sent;
}

/* Receives the next bytes of the answer, and into *fd a descriptor that comes
 * with them, unless there is one already. */
static ssize_t receive(int socket, char *buffer, size_t bytes, int *fd)
{
    int received;
    ssize_t count = descriptors_receive(socket, buffer, bytes, &received, 1);

    if (*fd < 0)
        *fd = received;
    else if (received >= 0)
        close(received);
    return count;
}

/* Receives the answer, which is one line; NULL when it does not come. */
static json_object *receive_answer(int socket, int *fd)
{
    size_t used = 0, size = 65536;
    char *line = malloc(size);
    json_object *answer = NULL;
    ssize_t count = 1;

    while (line && count > 0) {
        if (used + 1 == size) {
            char *more = size < ANSWER_BYTES_MAX ? realloc(line, 2 * size)
                                                 : NULL;

            if (!more)
                break;
            line = more;
            size *= 2;
        }
        count = receive(socket, line + used, size - used - 1, fd);
        if (count <= 0)
            break;
        used += count;
        line[used] = '\0';
        if (line[used - 1] == '\n') {
            answer = json_tokener_parse(line);
            break;
        }
    }
    free(line);
    return answer;
}

json_object *control_ask_for_fd(const char *directory, json_object *request,
                                int *fd, char problem[CONTROL_PROBLEM_BYTES])
{
    int socket = connect_to_daemon(directory, problem);
    json_object *answer = NULL;

    *fd = -1;
    if (socket < 0) {
        json_object_put(request);
        return NULL;
    }
    problem[0] = '\0';
    if (send_request(socket, request))
        answer = receive_answer(socket, fd);
    if (!answer) {
        snprintf(problem, CONTROL_PROBLEM_BYTES,
                 "mediatord went away without an answer; see its log");
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
    }
    close(socket);
    return answer;
}

json_object *control_ask(const char *directory, json_object *request)
{
    char problem[CONTROL_PROBLEM_BYTES];
    int fd;
    json_object *answer = control_ask_for_fd(directory, request, &fd,
                                             problem);

    if (fd >= 0)
        close(fd);
    if (!answer)
        fprintf(stderr, "mediatorctl: %s\n", problem);
    return answer;
}

json_object *control_request(const char *verb)
{
    json_object *request = json_object_new_object();

    json_object_object_add(request, "verb", json_object_new_string(verb));
    return request;
}

void control_add(json_object *request, const char *key, const char *text)
{
    if (text)
        json_object_object_add(request, key, json_object_new_string(text));
}

const char *control_text(json_object *object, const char *key)
{
    json_object *value;

    if (!object || !json_object_object_get_ex(object, key, &value) || !value ||
        json_object_is_type(value, json_type_object) ||
        json_object_is_type(value, json_type_array))
        return "-";
    return json_object_get_string(value);
}

const char *control_count(json_object *object, const char *key,
                          const char *noun, char text[CONTROL_COUNT_BYTES])
{
    const char *count = control_text(object, key);

    snprintf(text, CONTROL_COUNT_BYTES, "%s %s%s", count, noun,
             strcmp(count, "1") ? "s" : "");
    return text;
}

const char *control_clients(json_object *console,
                            char text[CONTROL_COUNT_BYTES])
{
    const char *half_closed = control_text(console, "half_closed");
    size_t length;

    control_count(console, "clients", "client", text);
    length = strlen(text);
    /* An older mediatord does not say it. */
    if (strcmp(half_closed, "0") && strcmp(half_closed, "-"))
        snprintf(text + length, CONTROL_COUNT_BYTES - length,
                 " (%s half-closed)", half_closed);
    return text;
}

size_t control_array_length(json_object *array)
{
    /* json-c ends the program that asks this of something else. */
    return json_object_is_type(array, json_type_array)
               ? json_object_array_length(array) : 0;
}

void control_make_printable(json_object *value)
{
    char text[TEXT_BYTES_MAX];
    size_t i;

    if (json_object_is_type(value, json_type_string)) {
        printable(text, sizeof(text), json_object_get_string(value));
        json_object_set_string(value, text);
    } else if (json_object_is_type(value, json_type_array)) {
        for (i = 0; i < json_object_array_length(value); i++)
            control_make_printable(json_object_array_get_idx(value, i));
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member) {
            (void)key;
            control_make_printable(member);
        }
    }
}

/* json-c escapes what is below 20. */
char *control_json_text(json_object *value)
{
    const char *from = json_object_to_json_string_ext(value,
                                                      JSON_C_TO_STRING_PLAIN);
    char *text = malloc(JSON_ESCAPE_BYTES * strlen(from) + 1), *to = text;

    while (text && *from) {
        uint32_t character;
        bool is_printable;
        size_t bytes = printable_character(from, &character, &is_printable);

        if (is_printable)
            to = mempcpy(to, from, bytes);
        else
            to += sprintf(to, "\\u%04x", character);
        from += bytes;
    }
    if (text)
        *to = '\0';
    return text;
}

static void print_refusal(json_object *answer)
{
    json_object *error;

    control_make_printable(answer);
    fprintf(stderr, "mediatorctl: %s\n",
            json_object_object_get_ex(answer, "error", &error) &&
                    json_object_is_type(error, json_type_string)
                ? json_object_get_string(error)
                : "mediatord refused");
}

int control_exit_status(json_object *answer)
{
    json_object *value;
    int status = EXIT_FAILURE;

    if (!answer)
        return EXIT_NO_DAEMON;
    if (json_object_object_get_ex(answer, "ok", &value) &&
        json_object_get_boolean(value))
        status = EXIT_SUCCESS;
    else
        print_refusal(answer);
    json_object_put(answer);
    return status;
}
