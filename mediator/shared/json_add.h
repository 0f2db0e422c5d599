/* SPDX-License-Identifier: BSD-2-Clause */
/* json_add.h - members of a JSON object, in a line each */
#ifndef MEDIATOR_JSON_ADD_H
#define MEDIATOR_JSON_ADD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* The key is copied, the text too; text NULL becomes null. */
void json_add_bool(json_object *object, const char *key, bool value);
void json_add_int(json_object *object, const char *key, int64_t value);
void json_add_string(json_object *object, const char *key, const char *text);

/* Takes over `member`; NULL becomes null. */
void json_add(json_object *object, const char *key, json_object *member);

#endif
