/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisor.c - the supervisor's start, loop and end; what its parts have to
 * tell each other
 */
#define _GNU_SOURCE
#include "supervisor/supervisor.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ev.h>

#include "shared/log.h"
#include "shared/role.h"
#include "shared/wake.h"
#include "supervisor/console/console_break.h"
#include "supervisor/console/console_restore.h"
#include "supervisor/console/consoles.h"
#include "supervisor/control_socket.h"
#include "supervisor/directory_lock.h"
#include "supervisor/host/domain.h"
#include "supervisor/host/store.h"
#include "supervisor/orderly_stop.h"
#include "supervisor/role_watch.h"
#include "supervisor/roles/net_keeper.h"
#include "supervisor/service_manager.h"
#include "supervisor/unserved_guests.h"
#include "supervisor/xl_requests.h"

#define BEGIN_OF_DOMAINS "@introduceDomain"
#define END_OF_DOMAINS "@releaseDomain"

static const char *const watched_paths[] = {
    BEGIN_OF_DOMAINS, END_OF_DOMAINS, XL_REQUESTS_ROOT, NULL
};

struct supervisor {
    struct ev_loop *loop;
    const struct config *config;
    struct store *store;
    struct domains *domains;
    int lock_fd;                    /* of directory_lock_take() */
    int uart_program, net_program;  /* role_process_open_program() */
    struct net_keeper net;
    struct console_list consoles;
    struct control_socket *control; /* NULL until the network is ready */
    struct xl_requests *xl;         /* likewise */
    struct service_manager manager;
    struct role_watch watch;
    struct unserved_guests unserved;
    struct orderly_stop stop;
    bool is_online;                 /* xenstore was there once */
    bool is_stopping;
    int rc;                         /* why the loop ended */
};

/* ---- the directory ---- */

static int make_directories(const struct config *config)
{
    char path[PATH_MAX];
    struct stat status;

    if (mkdir(config->directory, 0700) && errno != EEXIST)
        return log_errno("cannot make %s", config->directory);
    if (stat(config->directory, &status))
        return log_errno("cannot examine %s", config->directory);
    if (status.st_uid != geteuid() || (status.st_mode & 077))
        return log_error("%s must belong to mediatord's user alone; remove "
                         "it, mediatord makes it again", config->directory);
    snprintf(path, sizeof(path), "%s/consoles", config->directory);
    if (mkdir(path, 0700) && errno != EEXIST)
        return log_errno("cannot make %s", path);
    snprintf(path, sizeof(path), "%s/net.wake", config->directory);
    return wake_create(path);
}

/* ---- the end ---- */

/* rc is not 0 after an error. */
static void stop(struct supervisor *supervisor, int rc)
{
    if (rc)
        supervisor->rc = rc;
    if (supervisor->is_stopping)
        return;
    supervisor->is_stopping = true;
    directory_lock_resign(supervisor->lock_fd);
    role_watch_stop(&supervisor->watch);
    unserved_guests_stop(&supervisor->unserved);
    orderly_stop_begin(&supervisor->stop);
}

static void close_requests(struct supervisor *supervisor)
{
    xl_requests_stop(supervisor->xl);
    supervisor->xl = NULL;
    control_socket_stop(supervisor->control);
    supervisor->control = NULL;
}

/* xenstore can take its time, and guests need not wait for that. */
static void on_guests_will_wait(void *owner)
{
    struct supervisor *supervisor = owner;

    close_requests(supervisor);
    consoles_withdraw(&supervisor->consoles);
}

static void on_stop_over(void *owner)
{
    struct supervisor *supervisor = owner;

    /* A process may have been left behind, which never runs again. */
    directory_lock_abandon(supervisor->lock_fd);
    ev_break(supervisor->loop, EVBREAK_ALL);
}

static const struct orderly_stop_events stop_events = {
    .guests_will_wait = on_guests_will_wait,
    .over = on_stop_over,
};

/* ---- what the parts tell ---- */

static void on_console_idle(void *owner)
{
    struct supervisor *supervisor = owner;

    if (!supervisor->is_stopping)
        xl_requests_retry(supervisor->xl);
}

static void on_uart_role_exited(void *owner)
{
    struct supervisor *supervisor = owner;

    orderly_stop_progress(&supervisor->stop);
}

static const struct console_list_events console_events = {
    .idle = on_console_idle,
    .role_exited = on_uart_role_exited,
};

/* Guests can be created: requests are taken from now on. */
static void take_requests(struct supervisor *supervisor)
{
    if (supervisor->control || supervisor->is_stopping)
        return;
    supervisor->control = control_socket_start(&supervisor->consoles);
    if (supervisor->control)
        supervisor->xl = xl_requests_start(&supervisor->consoles,
                                           supervisor->store);
    if (!supervisor->xl) {
        stop(supervisor, -1);
        return;
    }
    service_manager_say_ready("serving");
    log_info("ready: address %s on %s", supervisor->config->address,
             supervisor->config->nic);
}

static void on_net_ready(void *owner)
{
    struct supervisor *supervisor = owner;

    consoles_net_ready(&supervisor->consoles);
    take_requests(supervisor);
}

static void on_net_answered(void *owner, uint32_t console,
                            const char *problem)
{
    struct supervisor *supervisor = owner;

    consoles_net_answered(&supervisor->consoles, console, problem);
}

static void on_pty_removed(void *owner, uint32_t console)
{
    struct supervisor *supervisor = owner;

    consoles_pty_removed(&supervisor->consoles, console);
}

static void on_break_answered(void *owner, uint32_t number,
                              const char *problem)
{
    struct supervisor *supervisor = owner;

    console_break_answered(&supervisor->consoles, number, problem);
}

static void on_net_exited(void *owner)
{
    struct supervisor *supervisor = owner;

    consoles_net_gone(&supervisor->consoles);
    orderly_stop_progress(&supervisor->stop);
}

static void on_net_failed(void *owner)
{
    stop(owner, -1);
}

static const struct net_keeper_events net_events = {
    .ready = on_net_ready,
    .console_answered = on_net_answered,
    .pty_removed = on_pty_removed,
    .break_answered = on_break_answered,
    .exited = on_net_exited,
    .failed = on_net_failed,
};

static void on_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)loop;
    (void)events;
    log_info("stopping; guests with a console wait until mediatord is started "
             "again");
    service_manager_say_stopping();
    stop(watcher->data, 0);
}

/* ---- xenstore ---- */

static void check_domains(struct supervisor *supervisor)
{
    consoles_check_domains(&supervisor->consoles);
    xl_requests_retry(supervisor->xl);
}

/* For the first time: what needs xenstore begins. */
static void go_online(struct supervisor *supervisor)
{
    supervisor->is_online = true;
    service_manager_end_wait(&supervisor->manager, supervisor->loop);
    if (net_keeper_start(&supervisor->net))
        stop(supervisor, -1);
    else if (!supervisor->net.is_enabled)
        take_requests(supervisor);
}

/* Nodes of ours may be gone, and news may have been missed. */
static void on_store_connected(void *owner)
{
    struct supervisor *supervisor = owner;

    if (supervisor->is_stopping)
        return;
    check_domains(supervisor);
    unserved_guests_look_later(&supervisor->unserved);
    consoles_publish(&supervisor->consoles);
    if (supervisor->is_online)
        xl_requests_connected(supervisor->xl);
    else
        go_online(supervisor);
}

static void on_store_changed(void *owner, const char *watched,
                             const char *path)
{
    struct supervisor *supervisor = owner;

    if (supervisor->is_stopping)
        return;
    if (!strcmp(watched, END_OF_DOMAINS))
        check_domains(supervisor);
    else if (!strcmp(watched, BEGIN_OF_DOMAINS))
        unserved_guests_look_later(&supervisor->unserved);
    else
        xl_requests_changed(supervisor->xl, path);
}

static const struct store_events store_events = {
    .connected = on_store_connected,
    .changed = on_store_changed,
};

/* ---- the start and the loop ---- */

/* Gives the net keeper and the consoles what they need of the supervisor. */
static void connect_parts(struct supervisor *supervisor)
{
    supervisor->net = (struct net_keeper){
        .loop = supervisor->loop,
        .config = supervisor->config,
        .domains = supervisor->domains,
        .program = supervisor->net_program,
        .lock_fd = supervisor->lock_fd,
        .events = &net_events,
        .owner = supervisor,
    };
    supervisor->consoles = (struct console_list){
        .loop = supervisor->loop,
        .config = supervisor->config,
        .domains = supervisor->domains,
        .net = &supervisor->net,
        .uart_program = supervisor->uart_program,
        .lock_fd = supervisor->lock_fd,
        .spins = config_spins(supervisor->config,
                              domains_host_cpus(supervisor->domains)),
        .events = &console_events,
        .owner = supervisor,
    };
    supervisor->watch = (struct role_watch){
        .loop = supervisor->loop,
        .net = &supervisor->net,
        .consoles = &supervisor->consoles,
    };
    supervisor->unserved = (struct unserved_guests){
        .loop = supervisor->loop,
        .consoles = &supervisor->consoles,
    };
    supervisor->stop = (struct orderly_stop){
        .loop = supervisor->loop,
        .net = &supervisor->net,
        .consoles = &supervisor->consoles,
        .events = &stop_events,
        .owner = supervisor,
    };
}

/* Guests that are served already wait for a uart role: that comes first, and
 * needs nothing but Xen and the records.  xenstore can take its time.  Roles
 * may run even when this fails. */
static int start(struct supervisor *supervisor)
{
    int rc;

    role_watch_start(&supervisor->watch);
    unserved_guests_start(&supervisor->unserved);
    supervisor->consoles.is_early = true;
    rc = console_restore_all(&supervisor->consoles);
    supervisor->consoles.is_early = false;
    if (!rc)
        store_start(supervisor->store);
    return rc;
}

static void run(struct supervisor *supervisor)
{
    struct ev_loop *loop = supervisor->loop;
    ev_signal term, interrupt;

    ev_signal_init(&term, on_signal, SIGTERM);
    term.data = supervisor;
    ev_signal_start(loop, &term);
    ev_signal_init(&interrupt, on_signal, SIGINT);
    interrupt.data = supervisor;
    ev_signal_start(loop, &interrupt);

    service_manager_start(&supervisor->manager, loop);

    ev_run(loop, 0);

    service_manager_stop(&supervisor->manager, loop);
    ev_signal_stop(loop, &interrupt);
    ev_signal_stop(loop, &term);
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

static int open_handles(struct supervisor *supervisor)
{
    int rc;

    supervisor->uart_program = role_process_open_program(ROLE_UART_PROGRAM);
    supervisor->net_program = role_process_open_program(ROLE_NET_PROGRAM);
    if (supervisor->uart_program < 0 || supervisor->net_program < 0)
        return -1;
    rc = make_directories(supervisor->config);
    if (rc)
        return rc;
    supervisor->lock_fd = directory_lock_take(supervisor->config->directory,
                                              DIRECTORY_LOCK_ORPHANS,
                                              DIRECTORY_LOCK_PATIENCE);
    if (supervisor->lock_fd < 0)
        return -1;
    supervisor->loop = ev_default_loop(EVFLAG_AUTO);
    if (!supervisor->loop)
        return log_error("cannot start an event loop");
    supervisor->store = store_open(supervisor->loop, watched_paths,
                                   &store_events, supervisor);
    if (!supervisor->store)
        return -1;
    supervisor->domains = domains_open(supervisor->store);
    return supervisor->domains ? 0 : -1;
}

static void close_handles(struct supervisor *supervisor)
{
    if (supervisor->domains)
        domains_close(supervisor->domains);
    store_close(supervisor->store);
    if (supervisor->loop)
        ev_loop_destroy(supervisor->loop);
    close_if_open(supervisor->lock_fd);
    close_if_open(supervisor->net_program);
    close_if_open(supervisor->uart_program);
}

int supervisor_main(const struct config *config)
{
    struct supervisor supervisor = {
        .config = config,
        .lock_fd = -1,
        .uart_program = -1,
        .net_program = -1,
    };
    int rc;

    if (config_check(config))
        return EXIT_FAILURE;
    signal(SIGPIPE, SIG_IGN);
    rc = open_handles(&supervisor);
    if (rc)
        goto out;
    connect_parts(&supervisor);
    rc = start(&supervisor);
    if (rc)
        stop(&supervisor, rc);
    if (supervisor.stop.stage != ORDERLY_STOP_OVER)
        run(&supervisor);
    rc = supervisor.rc;
    close_requests(&supervisor);
    consoles_free(&supervisor.consoles);
out:
    close_handles(&supervisor);
    return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
