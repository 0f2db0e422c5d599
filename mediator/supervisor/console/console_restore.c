/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_restore.c - consoles at the beginning and end of a mediatord and of
 * a domain
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/console/console_files.h"
#include "supervisor/console/console_life.h"
#include "supervisor/console/console_record.h"
#include "supervisor/console/console_wire.h"
#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/supervisor.h"

static int restore(struct supervisor *supervisor, const char *key)
{
    struct console *console = console_new(supervisor);
    int rc;

    if (!console)
        return -1;
    rc = console_record_load(console, supervisor->config->directory, key);
    if (rc) {
        console_free(console);
        return rc;
    }
    rc = console_name(console);
    if (!rc)
        rc = console_files_prepare(console);
    console_list_add(console);
    if (console->state == CONSOLE_IDLE)
        return rc;
    if (!console_is_domain_alive(console)) {
        console_leave_domain(console);
        return console_record_save(console);
    }
    log_info("console %s: going on with domain %u", console->label,
             console->domain.domid);
    console->restarts++;
    console_pty_publish(console);
    /* Not there: its guest goes on without. */
    if (console_wire_hold(console))
        log_warning("console %s goes on without its wire", console->label);
    return rc ? rc : console_start_uart_role(console);
}

static struct console *make_configured(struct supervisor *supervisor,
                                       const struct config_console *wanted)
{
    struct console *console = console_new(supervisor);
    int rc;

    if (!console)
        return NULL;
    memcpy(console->guest, wanted->guest, sizeof(console->guest));
    console->options = wanted->options;
    rc = console_name(console);
    if (!rc)
        rc = console_files_prepare(console);
    if (!rc)
        rc = console_record_save(console);
    if (rc) {
        console_free(console);
        return NULL;
    }
    console_list_add(console);
    return console;
}

/* Those that mediator.cfg names listen before there is a guest. */
static int restore_configured(struct supervisor *supervisor)
{
    const struct config *config = supervisor->config;
    size_t i;

    for (i = 0; i < config->console_count; i++) {
        const struct config_console *wanted = &config->consoles[i];
        struct console *console = console_find(supervisor, wanted->guest,
                                               wanted->options.name);

        if (!console)
            console = make_configured(supervisor, wanted);
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

int console_restore_all(struct supervisor *supervisor)
{
    char path[PATH_MAX];
    struct dirent *entry;
    DIR *folder;

    snprintf(path, sizeof(path), "%s/consoles",
             supervisor->config->directory);
    folder = opendir(path);
    if (!folder)
        return log_errno("cannot read %s", path);
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.' && restore(supervisor, entry->d_name))
            log_warning("console %s is left as it is", entry->d_name);
    closedir(folder);
    return restore_configured(supervisor);
}

void console_check_domains(struct supervisor *supervisor)
{
    struct console *console, *next;

    for (console = supervisor->consoles; console; console = next) {
        next = console->next;
        if (console->state == CONSOLE_IDLE ||
            console->state == CONSOLE_ENDING || console_is_domain_alive(console))
            continue;
        if (console->state != CONSOLE_SERVING) {
            console->server = ROLE_NO_SERVER;
            role_process_stop(&console->uart);
            if (console->state == CONSOLE_STARTING)
                console_begin_removal(console, "the domain ended");
            continue;
        }
        console->state = CONSOLE_ENDING;
        console_set_deadline(console, CONSOLE_DEADLINE_SECONDS);
        ev_timer_stop(supervisor->loop, &console->retry);
        role_process_stop(&console->uart);
        console_progress(console);
    }
}

void console_stop_all(struct supervisor *supervisor)
{
    struct console *console;

    for (console = supervisor->consoles; console; console = console->next) {
        ev_timer_stop(supervisor->loop, &console->retry);
        role_process_stop(&console->uart);
    }
}

bool console_any_role_runs(const struct supervisor *supervisor)
{
    const struct console *console;

    for (console = supervisor->consoles; console; console = console->next)
        if (role_process_is_running(&console->uart))
            return true;
    return false;
}

void console_free_all(struct supervisor *supervisor)
{
    struct console *console;

    while ((console = supervisor->consoles)) {
        supervisor->consoles = console->next;
        console_free(console);
    }
}
