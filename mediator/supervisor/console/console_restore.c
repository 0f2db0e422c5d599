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
    console->restarts++;
    /* Its guest goes on without a tty that is not there. */
    if (console_wire_hold(console))
        log_warning("console %s goes on without its wire", console->label);
    console_enter(console, CONSOLE_SERVING);
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
    rc = console_files_prepare(console);
    console_list_add(console);
    if (!has_domain || !console_is_domain_alive(console)) {
        console_enter(console, CONSOLE_IDLE);
        return rc;
    }
    go_on(console);
    return rc ? rc : console_start_uart_role(console);
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
    if (!rc)
        rc = console_files_prepare(console);
    if (rc) {
        console_free(console);
        return NULL;
    }
    console_list_add(console);
    console_enter(console, CONSOLE_IDLE);
    return console;
}

/* Those that mediator.cfg names listen before there is a guest. */
static int restore_configured(struct console_list *list)
{
    const struct config *config = list->config;
    size_t i;

    for (i = 0; i < config->console_count; i++) {
        const struct config_console *wanted = &config->consoles[i];
        struct console *console = console_list_find(list, wanted->guest,
                                                    wanted->options.name);

        if (!console)
            console = make_configured(list, wanted);
        if (!console)
            return -1;
        console->is_configured = true;
        console->configured = wanted->options;
        if (console->state != CONSOLE_IDLE)
            continue;
        console->options = wanted->options;
        if (console_files_prepare(console) || console_record_save(console))
            return -1;
    }
    return 0;
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
    return restore_configured(list);
}
