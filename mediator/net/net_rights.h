/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_rights.h - what the net role keeps when all is open
 */
#ifndef MEDIATOR_NET_RIGHTS_H
#define MEDIATOR_NET_RIGHTS_H

#include "nic/nic.h"

/* Becomes `user`, and gives up what the loop and a card of this driver do not
 * need (confine.h).  0, or -1 with a message logged. */
int net_rights_keep(const char *user, const struct nic_driver *driver);

#endif
