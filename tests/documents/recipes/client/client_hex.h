/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_hex.h - a client that reads a console's output in hexadecimal
 */
#ifndef MEDIATOR_CLIENT_HEX_H
#define MEDIATOR_CLIENT_HEX_H

#include "net/net_console.h"
#include "shared/role_link.h"

#define CLIENT_HEX_MAX 4 /* over all consoles */

/* Adds a client as a ROLE_ADD_LOCAL of kind ROLE_LOCAL_HEX says; takes over
 * fd, a SOCK_SEQPACKET socket.  With all places taken it is closed. */
void client_hex_add(struct net_console *console, int fd,
                    const struct role_message *message);

#endif
