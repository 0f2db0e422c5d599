/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_messages.h - what the supervisor tells the net role
 */
#ifndef MEDIATOR_NET_MESSAGES_H
#define MEDIATOR_NET_MESSAGES_H

#include "net/net_loop.h"

/* Watches the link to the supervisor, which does not block.  Each message is
 * obeyed as it comes.  When the supervisor has gone, the loop is stopped; a
 * loop that is being stopped takes no more messages. */
void net_messages_start(struct net_loop *loop);

#endif
