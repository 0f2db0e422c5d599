/* SPDX-License-Identifier: BSD-2-Clause */
/* control_socket.h - mediatorctl's other end; control_protocol.h */
#ifndef MEDIATOR_CONTROL_SOCKET_H
#define MEDIATOR_CONTROL_SOCKET_H

struct supervisor;
struct control_server;

/* Listens on the directory's control socket; NULL with a message. */
struct control_server *control_server_start(struct supervisor *supervisor);
void control_server_stop(struct control_server *server);

#endif
