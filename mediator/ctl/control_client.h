/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_client.h - mediatorctl's side of control_protocol.h
 *
 * A request is a JSON object that control_request() makes and control_add()
 * adds to.  Asking takes it over; the answer is the caller's.
 */
#ifndef MEDIATOR_CONTROL_CLIENT_H
#define MEDIATOR_CONTROL_CLIENT_H

#include <json-c/json.h>

/* Exit statuses of mediatorctl beside EXIT_SUCCESS and EXIT_FAILURE. */
#define EXIT_USAGE     2 /* a wrong command line */
#define EXIT_NO_DAEMON 3 /* mediatord does not answer */

/* A new request with this verb. */
json_object *control_request(const char *verb);

/* Adds a text to the request, unless text is NULL. */
void control_add(json_object *request, const char *key, const char *text);

/* Sends the request to the mediatord of that directory.  Returns the answer,
 * or NULL, with a message on stderr, when there is none. */
json_object *control_ask(const char *directory, json_object *request);

/* The same without the message on stderr: problem gets it, or "" when there is
 * an answer.  *fd is the descriptor that came with the answer, which the
 * caller closes, or -1. */
#define CONTROL_PROBLEM_BYTES 512
json_object *control_ask_for_fd(const char *directory, json_object *request,
                                int *fd, char problem[CONTROL_PROBLEM_BYTES]);

/* The member as a text, "-" when there is none, or when it is an object or an
 * array; object may be NULL. */
const char *control_text(json_object *object, const char *key);

#define CONTROL_COUNT_BYTES 80

/* Writes a number and what it is of, as "1 byte" and "2 bytes", and returns
 * the text.  The noun is in the singular. */
const char *control_count(json_object *object, const char *key,
                          const char *noun, char text[CONTROL_COUNT_BYTES]);

/* Writes how many clients a console has, and how many of them may have gone,
 * and returns the text. */
const char *control_clients(json_object *console,
                            char text[CONTROL_COUNT_BYTES]);

/* How many members the array has; 0 when it is none, or NULL: mediatord may
 * be of another version. */
size_t control_array_length(json_object *array);

/* Makes all texts in it printable (printable.h); names of keys are ours. */
void control_make_printable(json_object *value);

/* The value as JSON, in a line without a byte that a terminal obeys; what is
 * no UTF-8 becomes U+FFFD.  The caller frees it; NULL when there is no
 * memory. */
char *control_json_text(json_object *value);

/* The exit status for an answer (NULL: there was none), which it frees.
 * Prints the error of one that is a refusal. */
int control_exit_status(json_object *answer);

#endif
