/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_process.h - the supervisor's side of a role: a child process and the
 * link to it
 *
 * A role may be in a stranger's hands: what it says is allowed or not by a
 * table of rules, as in the monitor of OpenSSH.  A role that says what it may
 * not, or nothing that is a message, or more than a role has to say, is
 * killed, and nothing of that message is used.
 */
#ifndef MEDIATOR_ROLE_PROCESS_H
#define MEDIATOR_ROLE_PROCESS_H

#include <ev.h>
#include <stdbool.h>

#include "shared/role_link.h"

#define ROLE_LOCK_FD 4

struct role_process;

/* A message that a role may send, and who handles it.  What no rule allows is
 * forbidden. */
struct role_process_rule {
    uint32_t type;       /* enum role_message_type */
    unsigned int states; /* ORed: 1u << each state in which it is allowed */
    void (*handle)(struct role_process *process,
                   const struct role_message *message);
};

/* What all processes of one role have in common. */
struct role_process_kind {
    const char *role; /* "net role", for the log */
    const struct role_process_rule *rules;
    size_t rule_count;

    /* Which state the rules are to be looked up for now, and what the log
     * calls each state. */
    unsigned int (*state)(const struct role_process *process);
    const char *const *state_names;

    /* The role was reaped; what it had said before was handled before. */
    void (*exited)(struct role_process *process, int wait_status);
};

struct role_process {
    const struct role_process_kind *kind;
    const char *label; /* whose role it is, for the log; "" when there is only
                        * one of its kind */
    void *owner;
    struct ev_loop *loop;
    pid_t pid;         /* 0 while it does not run */
    bool is_reaped;    /* pid may be another process's by now */
    unsigned int pings; /* sent since it last answered one */
    int link;          /* -1 when there is none */
    unsigned int said; /* messages since said_since, CLOCK_MONOTONIC */
    double said_since;
    ev_io link_watcher;
    ev_child child_watcher;
};

/* label is not copied. */
void role_process_init(struct role_process *process, struct ev_loop *loop,
                       const struct role_process_kind *kind,
                       const char *label, void *owner);

/* Opens a role's program (role.h), which stands beside this one.  It is opened
 * once, so that a role that is started again later is of this same version
 * even if another has been installed meanwhile.  Returns a descriptor, or -1
 * with a message. */
int role_process_open_program(const char *name);

/* Starts that program with arguments: its name, what it is told, NULL.
 * lock_fd is inherited as ROLE_LOCK_FD: while any role lives, the directory
 * stays locked.  The role has this process's standard error, /dev/null as its
 * standard input and output, and no terminal. */
int role_process_start(struct role_process *process, int program, int lock_fd,
                       const char *const *arguments);

/* Sends a message, with up to ROLE_LINK_FDS_MAX descriptors, of which the
 * caller keeps its own copies.  A uart role is told by a signal as well that
 * there is one.  Fails with a message when the role does not run. */
int role_process_send(struct role_process *process,
                      const struct role_message *message, const int *fds,
                      unsigned int fd_count);

/* Asks the role for a sign of life, and counts that in process->pings, which a
 * sign sets to 0: role_process_note_pong() handles ROLE_PONG by each kind's
 * rules, and is called at ROLE_READY. */
void role_process_ping(struct role_process *process);
void role_process_note_pong(struct role_process *process,
                            const struct role_message *message);

/* Tells the role to finish what is under way and to exit. */
void role_process_stop(struct role_process *process);

/* Ends the role wherever it is; it is reaped as after any death. */
void role_process_kill(struct role_process *process);

/* The rule that allows a message of this type in this state, or NULL. */
const struct role_process_rule *
role_process_rule(const struct role_process_kind *kind, uint32_t type,
                  unsigned int state);

bool role_process_is_running(const struct role_process *process);

#endif
