/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client_attach.h - mediatorctl attach as a client
 */
#ifndef MEDIATOR_CLIENT_ATTACH_H
#define MEDIATOR_CLIENT_ATTACH_H

#include "net/net_console.h"
#include "shared/role_link.h"

#define CLIENT_ATTACH_MAX 64 /* over all consoles */

/* Adds a client as a ROLE_ADD_LOCAL of kind ROLE_LOCAL_ATTACH says; takes
 * over fd, a socket that speaks attach_protocol.h.  With all places taken the
 * client is told so and closed. */
void client_attach_add(struct net_console *console, int fd,
                       const struct role_message *message);

#endif
