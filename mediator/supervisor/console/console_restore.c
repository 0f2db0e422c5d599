/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_restore.c - the consoles that are there when mediatord begins: those
 * that an earlier one left, and those that mediator.cfg names
 */
#include "supervisor/console/console_restore.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "shared/limits.h"
#include "shared/log.h"
#include "supervisor/config/config.h"
#include "supervisor/console/console_files.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_record.h"
#include "supervisor/console/console_state.h"
#include "supervisor/console/console_wire.h"

/* Its domain lives, and so does its server, which a uart role is to adopt. */
static void go_on(struct console *console)
{
    bool has_wire = !console_wire_hold(console);

    console->restarts++;
    console_enter(console, CONSOLE_SERVING);
    /* Its guest goes on without a tty that is not there. */
    if (!has_wire)
        console_wire_lost(console);
    console_keep_uart_role(console);
}

/* They are made again when the console is given to the net role, and at the
 * latest when it is served. */
static void prepare_files(struct console *console)
{
    if (console_files_prepare(console) || console_record_save(console))
        log_warning("console %s has no files yet; trying again later",
                    console->label);
}

static int restore(struct console_list *list, const char *key)
{
    struct console *console = console_new(list);
    bool has_domain = false;
    int rc;

    if (!console)
        return -1;
    rc = console_record_load(console, list->config->directory, key,
                             &has_domain);
    if (!rc)
        rc = console_name(console);
    if (rc) {
        console_free(console);
        return rc;
    }
    console_list_add(console);
    if (has_domain && console_is_domain_alive(console)) {
        go_on(console);
        return 0;
    }
    console_enter(console, CONSOLE_IDLE);
    prepare_files(console);
    return 0;
}

static struct console *make_configured(struct console_list *list,
                                       const struct config_console *wanted)
{
    struct console *console = console_new(list);
    int rc;

    if (!console)
        return NULL;
    memcpy(console->guest, wanted->guest, sizeof(console->guest));
    console->options = wanted->options;
    rc = console_name(console);
    if (rc) {
        console_free(console);
        return NULL;
    }
    /* For the record, which is written at once.  restore_configured() says
     * what is missing. */
    console_files_prepare(console);
    console_list_add(console);
    console_enter(console, CONSOLE_IDLE);
    return console;
}

static bool has_room(const struct console_list *list,
                     const struct config_console *wanted)
{
    unsigned int count = console_list_count(list);

    if (count < CONSOLES_MAX)
        return true;
    log_warning("console %s/%s of mediator.cfg is left out: there are %u "
                "already, the most that mediatord keeps; remove one with: "
                "mediatorctl unserve GUEST, and restart mediatord",
                wanted->guest, wanted->options.name, count);
    return false;
}

/* Those that mediator.cfg names listen before there is a guest.  None of them
 * is a reason to leave the guests alone that are served already. */
static void restore_configured(struct console_list *list)
{
    const struct config *config = list->config;
    size_t i;

    for (i = 0; i < config->console_count; i++) {
        const struct config_console *wanted = &config->consoles[i];
        struct console *console = console_list_find(list, wanted->guest,
                                                    wanted->options.name);

        if (!console && has_room(list, wanted))
            console = make_configured(list, wanted);
        if (!console)
            continue;
        console->is_configured = true;
        console->configured = wanted->options;
        if (console->state != CONSOLE_IDLE)
            continue;
        console->options = wanted->options;
        prepare_files(console);
    }
}

int console_restore_all(struct console_list *list)
{
    char path[PATH_MAX];
    struct dirent *entry;
    DIR *folder;

    snprintf(path, sizeof(path), "%s/consoles", list->config->directory);
    folder = opendir(path);
    if (!folder)
        return log_errno("cannot read %s", path);
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.' && restore(list, entry->d_name))
            log_warning("console %s is left as it is", entry->d_name);
    closedir(folder);
    restore_configured(list);
    return 0;
}
