/* SPDX-License-Identifier: BSD-2-Clause */
/* control_socket.h - mediatorctl's other end; control_protocol.h */
#ifndef MEDIATOR_CONTROL_SOCKET_H
#define MEDIATOR_CONTROL_SOCKET_H

struct supervisor;
struct control_socket;

/* Listens on the directory's control socket; NULL with a message. */
struct control_socket *control_socket_start(struct supervisor *supervisor);
void control_socket_stop(struct control_socket *server);

#endif
