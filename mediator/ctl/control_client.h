/* SPDX-License-Identifier: BSD-2-Clause */
/* control_client.h - mediatorctl's side of control_protocol.h */
#ifndef MEDIATOR_CONTROL_CLIENT_H
#define MEDIATOR_CONTROL_CLIENT_H

#include <json-c/json.h>

#define EXIT_USAGE 2
#define EXIT_NO_DAEMON 3

json_object *control_request(const char *verb);

/* text NULL: nothing is added. */
void control_add(json_object *request, const char *key, const char *text);

/* Sends the request (taken over) and returns the answer; NULL, with a message
 * on stderr, when there is none. */
json_object *control_ask(const char *directory, json_object *request);

/* The same, with a descriptor that comes along in *fd (-1: none) and without
 * a message: what went wrong is in *problem, "" otherwise. */
#define CONTROL_PROBLEM_BYTES 512
json_object *control_ask_for_fd(const char *directory, json_object *request,
                                int *fd, char problem[CONTROL_PROBLEM_BYTES]);

/* Takes over the answer; prints what went wrong. */
int control_exit_status(json_object *answer);

#endif
