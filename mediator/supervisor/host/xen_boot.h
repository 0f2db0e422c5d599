/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen_boot.h - what Xen said when it was started, and what it was told then
 */
#ifndef MEDIATOR_XEN_BOOT_H
#define MEDIATOR_XEN_BOOT_H

#include <stddef.h>

#include "supervisor/host/domain.h"

#define XEN_BOOT_OPTIONS_BYTES 1024

/* Xen's messages as xl dmesg shows them, from the oldest on that Xen still
 * has.  At most so many bytes, the 0 at the end included; "" when Xen does
 * not tell.  Xen forgets them when others follow, or after xl dmesg -c. */
void xen_boot_read_messages(struct domains *domains, char *text,
                            size_t bytes);

/* Xen's command line; "" when Xen does not tell. */
void xen_boot_read_options(struct domains *domains,
                           char text[XEN_BOOT_OPTIONS_BYTES]);

#endif
