/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_supervisor.h - a supervisor's consoles, net keeper and control socket
 * in the fuzzer's hands
 *
 * All that is below the supervisor's own code is the fuzzer's: Xen, Linux's
 * ttys and the card, and the roles, of which no process runs: their ends of
 * the links are here.  The compiler's -Dfork=fuzz_fork and the like bring the
 * supervisor's calls here.  Its files stand in the folder in which the fuzzer
 * begins.
 */
#ifndef TESTS_FUZZ_SUPERVISOR_H
#define TESTS_FUZZ_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisor/console/console_list.h"
#include "supervisor/roles/net_keeper.h"

#define WORLD_ROLES 8    /* uart roles and the net role, that live at once */
#define WORLD_CONSOLES 3

/* A role's process, as the supervisor believes. */
struct world_role {
    struct role_process *process; /* NULL: a free place */
    int link;                     /* the role's end */
    bool is_killed;               /* by SIGKILL */
    bool is_told_to_stop;
};

extern struct world {
    struct net_keeper net;
    struct console_list consoles;
    struct world_role roles[WORLD_ROLES];
    bool has_domain, has_server; /* Xen's answers */
    bool is_in_use;              /* of ttys */
} world;

/* The first time it makes what stays. */
void world_begin(bool has_card);

/* All that is due happens: what was said is heard, and who was killed is
 * reaped. */
void world_turn(void);

/* Timers that run come to their end. */
void world_pass_time(void);

/* The role of place `which`, or NULL. */
struct world_role *world_role(unsigned int which);

/* The role's process ends, of itself. */
void world_end_role(struct world_role *role);

/* A console is asked for as by xl, and its end is waited for. */
void world_serve(unsigned int guest, const char *options);

/* What must hold at any time. */
void world_check(void);

/* All ends; nothing of it may be left. */
void world_end(void);

#endif
