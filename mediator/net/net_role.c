/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_role.c - the process that faces the network: opens what it needs, gives
 * up its rights, and runs
 *
 * It owns the card and lwIP, and has no Xen handle.  It is one thread with
 * one loop, net_loop.c.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

#include "net/net_arguments.h"
#include "net/net_card.h"
#include "net/net_loop.h"
#include "net/net_messages.h"
#include "net/net_rights.h"
#include "shared/log.h"
#include "shared/role_link.h"
#include "shared/wake.h"

static struct net_card net_card;
static struct net_loop net_loop;

/* Returns the FIFO's descriptor, or -1 with a message logged. */
static int open_wake_fifo(const char *directory)
{
    char path[4096];

    if (snprintf(path, sizeof(path), "%s/net.wake", directory) >=
        (int)sizeof(path))
        return log_error("the path of %s/net.wake is too long", directory);
    if (wake_create(path))
        return -1;
    return wake_open(path);
}

static int start(const struct net_arguments *arguments)
{
    int wake_fd, rc;

    if (fcntl(ROLE_LINK_FD, F_SETFL, O_NONBLOCK))
        return log_errno("the link to the supervisor is not there");
    rc = net_card_open(&net_card, arguments);
    if (rc)
        return rc;
    wake_fd = open_wake_fifo(arguments->directory);
    if (wake_fd < 0)
        return -1;
    rc = net_card_start(&net_card, arguments);
    if (rc)
        return rc;
    rc = net_loop_start(&net_loop, &net_card, wake_fd);
    if (rc)
        return rc;
    net_messages_start(&net_loop);
    return net_rights_keep(arguments->user, net_card.nic->driver);
}

int net_role_main(const struct net_arguments *arguments)
{
    int exit_status;

    log_set_name("net");
    if (start(arguments)) {
        role_link_send_text(ROLE_LINK_FD, ROLE_FAILED, 0, log_last_error());
        return 1;
    }
    if (role_link_send_type(ROLE_LINK_FD, ROLE_READY))
        return 1;
    exit_status = net_loop_run(&net_loop);
    /* Takes the last acknowledgements and resets along. */
    net_card_close(&net_card);
    return exit_status;
}
