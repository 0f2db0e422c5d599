/* SPDX-License-Identifier: BSD-2-Clause */
/* console_attach.c - a client in dom0 is joined to the net role */
#include "supervisor/console/console_attach.h"

#include <sys/socket.h>
#include <unistd.h>

#include "shared/log.h"
#include "supervisor/console/console.h"
#include "supervisor/console/console_list.h"
#include "supervisor/roles/net_keeper.h"

static int check_network(const struct console *console, bool *may_retry)
{
    const struct net_keeper *net = console->list->net;

    if (!net->is_enabled)
        return log_error("there is nobody to attach to: the net role serves "
                         "clients, and with nic = \"none\" none runs");
    if (net->is_released)
        return log_error("the net role, which serves clients, does not run "
                         "while its card is released; see: mediatorctl nic "
                         "take");
    if (net->is_ready && console->is_listening)
        return 0;
    *may_retry = true;
    return net->is_ready
               ? log_error("console %s is not on the network; mediatord's "
                           "log says why", console->label)
               : log_error("console %s: the net role is just starting",
                           console->label);
}

/* A client that was attached before asks for the byte where it was; one that
 * the guest has not written yet is not believed. */
static uint64_t first_byte(const struct console *console,
                           const struct console_attach *wanted)
{
    uint64_t head = atomic_load(&console->out.header->head);

    if (wanted->has_from && wanted->from <= head)
        return wanted->from;
    return out_ring_replay_cursor(&console->out,
                                  console->options.replay_bytes);
}

int console_attach(struct console_list *list,
                   const struct console_attach *wanted, bool *may_retry)
{
    struct console *console = console_list_find_one(list, wanted->guest,
                                                    wanted->name);
    struct role_message message = {
        .type = ROLE_ADD_LOCAL,
        .value = ROLE_LOCAL_ATTACH,
        .is_read_only = wanted->is_read_only,
        .is_terminal = wanted->is_terminal,
    };
    int pair[2], rc;

    *may_retry = false;
    if (!console || check_network(console, may_retry))
        return -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair)) {
        *may_retry = true;
        return log_errno("cannot make a socket pair");
    }
    message.console = console->number;
    message.from = first_byte(console, wanted);
    rc = net_keeper_send(list->net, &message, &pair[0], 1);
    close(pair[0]);
    if (rc) {
        *may_retry = true;
        close(pair[1]);
        return rc;
    }
    return pair[1];
}
