/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_ctrl.c - libxenctrl: as much of it as the supervisor uses
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>

#include "fake-xen/fake_client.h"

struct xc_interface_core {
    struct fake_connection connection;
};

xc_interface *xc_interface_open(xentoollog_logger *logger,
                                xentoollog_logger *dombuild_logger,
                                unsigned int open_flags)
{
    xc_interface *handle = calloc(1, sizeof(*handle));

    (void)logger;
    (void)dombuild_logger;
    (void)open_flags;
    if (handle && fake_connect(&handle->connection, FAKE_KIND_CTRL, 0)) {
        free(handle);
        handle = NULL;
    }
    return handle;
}

int xc_interface_close(xc_interface *handle)
{
    if (handle)
        fake_disconnect(&handle->connection);
    free(handle);
    return 0;
}

int xc_domain_getinfo(xc_interface *handle, uint32_t first,
                      unsigned int count, xc_dominfo_t *info)
{
    unsigned int found;

    if (atomic_load(&fake_xen_attach()->shortage.is_unaskable)) {
        errno = ENOMEM;
        return -1;
    }
    for (found = 0; found < count; found++) {
        struct fake_call call = {
            .operation = FAKE_GET_INFO,
            .domid = first,
        };

        if (fake_call(&handle->connection, &call, NULL))
            break;
        memset(&info[found], 0, sizeof(info[found]));
        info[found].domid = call.domid;
        info[found].hvm = call.values[0];
        info[found].arch_config.emulation_flags = XEN_X86_EMU_PIC;
        info[found].dying = call.values[1];
        info[found].max_vcpu_id = call.values[2] - 1;
        memcpy(info[found].handle, call.text, sizeof(info[found].handle));
        first = call.domid + 1;
    }
    return found ? (int)found : -1;
}

int xc_physinfo(xc_interface *handle, xc_physinfo_t *info)
{
    (void)handle;
    memset(info, 0, sizeof(*info));
    info->nr_cpus = 2;
    return 0;
}
