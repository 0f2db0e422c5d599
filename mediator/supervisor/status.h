/* SPDX-License-Identifier: BSD-2-Clause */
/* status.h - what mediatorctl status shows */
#ifndef MEDIATOR_STATUS_H
#define MEDIATOR_STATUS_H

#include <json-c/json.h>

struct console_list;

/* {"consoles": [{"guest", "name", "state", "domid" (null when idle), "mode",
 *   "ports": {"guest", "machine", "tcp"}, "listening", "pty", "line", "wire",
 *   "xen", "clients", "bytes", "typed", "missed", "restarts", "in_doubt"}],
 *  "network": {"nic", "address", "state", "holder": {"name", "domid",
 *   "contained", "interrupt_remapping", "isolated", "neighbour"}, "restarts",
 *   and, from the card once it works, "link" and what follows in
 *   add_card()}}.
 * The caller owns it. */
json_object *status_to_json(const struct console_list *consoles);

#endif
