/* SPDX-License-Identifier: BSD-2-Clause */
/* console_record.c - what the supervisor must know again after a restart */
#include "supervisor/console/console_record.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/json_add.h"
#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"

#define RECORD_VERSION 3

static json_object *tty_to_json(const struct linux_tty *tty)
{
    json_object *object = json_object_new_object();

    json_add_string(object, "name", tty->name);
    json_add_int(object, "type", tty->serial.type);
    json_add_int(object, "line", tty->serial.line);
    json_add_int(object, "port", tty->serial.port);
    json_add_int(object, "irq", tty->serial.irq);
    json_add_int(object, "flags", tty->serial.flags);
    json_add_int(object, "xmit_fifo_size", tty->serial.xmit_fifo_size);
    json_add_int(object, "baud_base", tty->serial.baud_base);
    json_add_int(object, "close_delay", tty->serial.close_delay);
    json_add_int(object, "closing_wait", tty->serial.closing_wait);
    return object;
}

static json_object *record_to_json(const struct console *console)
{
    json_object *record = json_object_new_object();
    char uuid[2 * DOMAIN_UUID_BYTES + 1], options[CONSOLE_OPTIONS_BYTES];
    unsigned int i;

    json_add_int(record, "version", RECORD_VERSION);
    json_add_string(record, "guest", console->guest);
    console_options_format(&console->options, options);
    json_add_string(record, "options", options);
    if (console->state == CONSOLE_IDLE)
        return record;
    for (i = 0; i < DOMAIN_UUID_BYTES; i++)
        sprintf(uuid + 2 * i, "%02x", console->domain.uuid[i]);
    json_add_int(record, "domid", console->domain.domid);
    json_add_string(record, "uuid", uuid);
    json_add_int(record, "has_isa_irqs", console->domain.has_isa_irqs);
    json_add_int(record, "server", console->server);
    json_add(record, "tty", tty_to_json(&console->tty));
    return record;
}

int console_record_save(const struct console *console)
{
    const char *directory = console->list->config->directory;
    char path[PATH_MAX], temporary[PATH_MAX];
    json_object *record = NULL;
    int rc = console_path(path, directory, console->key, "record");

    if (!rc)
        rc = console_path(temporary, directory, console->key, "record.new");
    if (rc)
        return rc;
    record = record_to_json(console);
    if (json_object_to_file_ext(temporary, record, JSON_C_TO_STRING_PRETTY) ||
        rename(temporary, path))
        rc = log_errno("cannot write %s", path);
    json_object_put(record);
    return rc;
}

/* A number that is missing reads as 0; whoever needs it checks it. */
static int64_t get_int(json_object *object, const char *key)
{
    json_object *value;

    if (!json_object_object_get_ex(object, key, &value))
        return 0;
    return json_object_get_int64(value);
}

/* Copies a string; false when there is none, or it does not fit. */
static bool get_string(json_object *object, const char *key, char *text,
                       size_t bytes)
{
    json_object *value;

    if (!json_object_object_get_ex(object, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return false;
    return snprintf(text, bytes, "%s", json_object_get_string(value)) <
           (int)bytes;
}

static void json_to_tty(json_object *object, struct linux_tty *tty)
{
    if (!get_string(object, "name", tty->name, sizeof(tty->name)))
        tty->name[0] = '\0';
    tty->serial = (struct serial_struct){
        .type = get_int(object, "type"),
        .line = get_int(object, "line"),
        .port = get_int(object, "port"),
        .irq = get_int(object, "irq"),
        .flags = get_int(object, "flags"),
        .xmit_fifo_size = get_int(object, "xmit_fifo_size"),
        .baud_base = get_int(object, "baud_base"),
        .close_delay = get_int(object, "close_delay"),
        .closing_wait = get_int(object, "closing_wait"),
    };
}

static bool json_to_domain(json_object *record, struct domain *domain)
{
    char uuid[2 * DOMAIN_UUID_BYTES + 1];
    unsigned int i;

    /* All of it are digits: sscanf() would take spaces and signs as well, and
     * go on behind the end of one that is short. */
    domain->domid = get_int(record, "domid");
    domain->has_isa_irqs = get_int(record, "has_isa_irqs");
    if (!get_string(record, "uuid", uuid, sizeof(uuid)) ||
        strspn(uuid, "0123456789abcdef") != sizeof(uuid) - 1)
        return false;
    for (i = 0; i < DOMAIN_UUID_BYTES; i++)
        if (sscanf(uuid + 2 * i, "%2" SCNx8, &domain->uuid[i]) != 1)
            return false;
    return true;
}

static bool json_to_console(json_object *record, struct console *console,
                            bool *has_domain)
{
    char options[CONSOLE_OPTIONS_BYTES];
    json_object *tty;

    if (get_int(record, "version") != RECORD_VERSION ||
        !get_string(record, "guest", console->guest,
                    sizeof(console->guest)) ||
        !get_string(record, "options", options, sizeof(options)))
        return false;
    console_options_init(&console->options);
    if (console_options_parse(&console->options, options) ||
        console_options_check(&console->options))
        return false;
    console->server = ROLE_NO_SERVER;
    *has_domain = json_object_object_get_ex(record, "tty", &tty);
    if (!*has_domain)
        return true;
    json_to_tty(tty, &console->tty);
    console->server = get_int(record, "server");
    return json_to_domain(record, &console->domain);
}

int console_record_load(struct console *console, const char *directory,
                        const char *key, bool *has_domain)
{
    char path[PATH_MAX];
    json_object *record;
    int rc = console_path(path, directory, key, "record");

    if (rc)
        return rc;
    record = json_object_from_file(path);
    if (!record || !json_to_console(record, console, has_domain))
        rc = log_error("cannot use %s: not a record of this version; stop the "
                       "guest and remove that folder", path);
    json_object_put(record);
    return rc;
}
