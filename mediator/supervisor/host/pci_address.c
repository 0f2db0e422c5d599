/* SPDX-License-Identifier: BSD-2-Clause */
/* pci_address.c - "0000:00:02.0", read and turned into numbers */
#include "supervisor/host/pci_address.h"

#include <stdio.h>

#include "shared/log.h"

int pci_address_parse(struct pci_address *address, const char *text)
{
    unsigned int segment = 0, bus, device, function;
    char rest;

    if (sscanf(text, "%4x:%2x:%2x.%1x%c", &segment, &bus, &device, &function,
               &rest) != 4) {
        segment = 0;
        if (sscanf(text, "%2x:%2x.%1x%c", &bus, &device, &function, &rest) !=
            3)
            return log_error("nic = \"pci:%s\" is no PCI address; lspci -D "
                             "shows them: nic = \"pci:0000:00:02.0\", say",
                             text);
    }
    if (device > 31 || function > 7)
        return log_error("nic = \"pci:%s\": a PCI device is 00 to 1f, its "
                         "function 0 to 7", text);
    *address = (struct pci_address){
        .segment = segment,
        .bus = bus,
        .device = device,
        .function = function,
    };
    snprintf(address->text, sizeof(address->text), "%04x:%02x:%02x.%x",
             segment, bus, device, function);
    return 0;
}

uint32_t pci_address_sbdf(const struct pci_address *address)
{
    return (uint32_t)address->segment << 16 | address->bus << 8 |
           address->device << 3 | address->function;
}
