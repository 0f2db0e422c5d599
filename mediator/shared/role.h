/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role.h - how the supervisor starts a role
 *
 * A role is a program of its own beside mediatord, started with its link to
 * the supervisor as descriptor ROLE_LINK_FD (role_link.h).  It takes the
 * arguments that uart/uart_arguments.h and net/net_arguments.h list,
 * --NAME=VALUE each.
 */
#ifndef MEDIATOR_ROLE_H
#define MEDIATOR_ROLE_H

#include <stdint.h>

#define ROLE_UART_PROGRAM "mediatord-uart"
#define ROLE_NET_PROGRAM  "mediatord-net"

/* --server: there is no ioreq server to adopt, create one. */
#define ROLE_NO_SERVER UINT32_MAX

#endif
