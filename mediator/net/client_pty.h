/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_pty.h - the reader of a console's pty, as xl console, as a client
 */
#ifndef MEDIATOR_CLIENT_PTY_H
#define MEDIATOR_CLIENT_PTY_H

#include "net/net_console.h"
#include "shared/role_link.h"

/* Adds a client as a ROLE_ADD_LOCAL of kind ROLE_LOCAL_PTY says; takes over
 * fd, the pty's master.  There is a place for one pty of each console. */
void client_pty_add(struct net_console *console, int fd,
                    const struct role_message *message);

#endif
