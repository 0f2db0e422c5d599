/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic_passthrough.h - nic = "pci:BDF": the supervisor's part
 *
 * The card leaves Linux (pci_device.h) and gets an owner (holder_domain.h).
 * The net role's driver (lwip-port/nic/nic_pci.c) is told by the specification
 * "pci:0000:00:02.0,holder=DOMID,frame=HEX,pages=N".
 */
#ifndef MEDIATOR_NIC_PASSTHROUGH_H
#define MEDIATOR_NIC_PASSTHROUGH_H

#include <stdbool.h>
#include <stddef.h>

#include "supervisor/config/config.h"
#include "supervisor/host/holder_domain.h"

/* Whether the configured card is to be passed through. */
bool nic_passthrough_is_wanted(const struct config *config);

/* Before each start of the net role: whatever is missing is made (again). */
int nic_passthrough_prepare(const struct config *config,
                            struct domains *domains,
                            struct holder_domain *holder,
                            char *specification, size_t bytes);

/* No net role runs: the card goes back to Linux, the memory to Xen. */
int nic_passthrough_release(const struct config *config,
                            struct domains *domains);

#endif
