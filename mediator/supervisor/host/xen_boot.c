/* SPDX-License-Identifier: BSD-2-Clause */
/* xen_boot.c - what Xen said when it was started, and what it was told */
#include "supervisor/host/xen_boot.h"

#include <stdio.h>

#include "supervisor/host/domain_handles.h"

void xen_boot_read_messages(struct domains *domains, char *text,
                            size_t bytes)
{
    uint32_t index = 0;
    unsigned int count;
    size_t length = 0;

    /* Each call goes on where the last one ended, and leaves the messages
     * where they are. */
    while (length < bytes - 1) {
        count = bytes - 1 - length;
        if (xc_readconsolering(domains->xc, text + length, &count, 0, 1,
                               &index) || !count)
            break;
        length += count;
    }
    text[length] = '\0';
}

void xen_boot_read_options(struct domains *domains,
                           char text[XEN_BOOT_OPTIONS_BYTES])
{
    xen_commandline_t options = { 0 };

    if (xc_version(domains->xc, XENVER_commandline, &options) < 0)
        *options = '\0';
    snprintf(text, XEN_BOOT_OPTIONS_BYTES, "%.*s", (int)sizeof(options) - 1,
             options);
}
