/* SPDX-License-Identifier: BSD-2-Clause */
/* json_add.c - members of a JSON object, in a line each */
#include "shared/json_add.h"

void json_add_bool(json_object *object, const char *key, bool value)
{
    json_add(object, key, json_object_new_boolean(value));
}

void json_add_int(json_object *object, const char *key, int64_t value)
{
    json_add(object, key, json_object_new_int64(value));
}

void json_add_string(json_object *object, const char *key, const char *text)
{
    json_add(object, key, text ? json_object_new_string(text) : NULL);
}

void json_add(json_object *object, const char *key, json_object *member)
{
    json_object_object_add(object, key, member);
}
