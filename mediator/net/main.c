/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - mediatord-net: the process that faces the network
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "net/net_arguments.h"
#include "shared/lock_memory.h"
#include "shared/log.h"
#include "shared/role.h"

static const char help_text[] =
"Usage: mediatord-net --NAME=VALUE...\n"
"Serves all consoles to TCP clients.  mediatord starts it; see "
"mediatord(8).\n";

int main(int argc, char **argv)
{
    struct net_arguments arguments;

    if (argc == 2 && !strcmp(argv[1], "--help")) {
        fputs(help_text, stdout);
        return 0;
    }
    log_set_name(ROLE_NET_PROGRAM);
    /* The supervisor started it by a descriptor, which became its name. */
    prctl(PR_SET_NAME, ROLE_NET_PROGRAM);
    lock_memory();
    if (net_arguments_parse(&arguments, argc, argv))
        return 2;
    return net_role_main(&arguments);
}
