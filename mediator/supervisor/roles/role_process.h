/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_process.h - the supervisor's side of a role: a child process and the
 * link to it
 */
#ifndef MEDIATOR_ROLE_PROCESS_H
#define MEDIATOR_ROLE_PROCESS_H

#include <ev.h>
#include <stdbool.h>

#include "shared/role_link.h"

struct role_process;

struct role_process_events {
    /* A message from the role. */
    void (*message)(struct role_process *process,
                    const struct role_message *message);
    /* It was reaped; whatever it said before was delivered before. */
    void (*exited)(struct role_process *process, int wait_status);
};

struct role_process {
    const struct role_process_events *events;
    void *owner;
    struct ev_loop *loop;
    pid_t pid;  /* 0: not running */
    int link;   /* -1 likewise */
    ev_io link_watcher;
    ev_child child_watcher;
};

void role_process_init(struct role_process *process, struct ev_loop *loop,
                       const struct role_process_events *events, void *owner);

/* Opens a role's program (role.h), which stands beside this one.  It is opened
 * once, so that a role that is started again later is of this same version even
 * if another has been installed meanwhile.  Returns a descriptor, or -1 with a
 * message. */
int role_process_open_program(const char *name);

/* Starts that program with arguments: its name, what it is told, NULL.
 * lock_fd is inherited as descriptor 4: while any role lives, the directory
 * stays locked. */
int role_process_start(struct role_process *process, int program, int lock_fd,
                       const char *const *arguments);

/* Sends a message; a uart role is told to look by a signal as well. */
int role_process_send(struct role_process *process,
                      const struct role_message *message, const int *fds,
                      unsigned int fd_count);

/* "Finish what is under way and exit." */
void role_process_stop(struct role_process *process);

bool role_process_is_running(const struct role_process *process);

#endif
