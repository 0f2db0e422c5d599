/* SPDX-License-Identifier: BSD-2-Clause */
/* status.h - what mediatorctl status shows */
#ifndef MEDIATOR_STATUS_H
#define MEDIATOR_STATUS_H

#include <json-c/json.h>

struct supervisor;

/* {"consoles": [{"guest", "name", "state", "domid" (null when idle), "mode",
 *   "ports": {"guest", "machine", "tcp"}, "clients", "bytes", "missed",
 *   "restarts", "in_doubt"}], "network": {"nic", "address", "state",
 *   "restarts"}}.  The caller owns it. */
json_object *status_to_json(const struct supervisor *supervisor);

#endif
