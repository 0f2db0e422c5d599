/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_socket.h - mediatorctl's other end (control_protocol.h)
 */
#ifndef MEDIATOR_CONTROL_SOCKET_H
#define MEDIATOR_CONTROL_SOCKET_H

struct console_list;
struct control_socket;

/* Listens on the control socket in the directory, and serves what it asks for
 * from these consoles and their net keeper.  NULL with a message. */
struct control_socket *control_socket_start(struct console_list *consoles);

/* Closes all connections; control may be NULL. */
void control_socket_stop(struct control_socket *control);

#endif
