/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_handles.h - the supervisor's handles on Xen: for domain.c,
 * holder_domain.c and xen_boot.c, which alone use libxenctrl, and for
 * domain_serial.c
 */
#ifndef MEDIATOR_DOMAIN_HANDLES_H
#define MEDIATOR_DOMAIN_HANDLES_H

#include <xenctrl.h>
#include <xendevicemodel.h>

#include "supervisor/host/store.h"

struct domains {
    xc_interface *xc;
    xendevicemodel_handle *devicemodel;
    struct store *store; /* the supervisor's */
};

#endif
