/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic.c - finds the driver that a specification asks for
 */
#include "nic/nic.h"

#include <string.h>

#include "shared/log.h"

#define DRIVER_ADDRESS(name) &name,
static const struct nic_driver *const drivers[] = {
    NIC_DRIVERS(DRIVER_ADDRESS)
};

int nic_open(struct nic **nic, const char *specification)
{
    size_t i, bytes;

    for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        bytes = strlen(drivers[i]->prefix);
        if (!strncmp(specification, drivers[i]->prefix, bytes))
            return drivers[i]->open(nic, specification + bytes);
    }
    return log_error("nic = \"%s\" names no kind of card; write "
                     "nic = \"pci:0000:00:02.0\" or nic = \"netdev:eth1\", "
                     "say",
                     specification);
}
