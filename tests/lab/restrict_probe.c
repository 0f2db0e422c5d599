/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * restrict_probe.c - what a uart role can reach once it is restricted
 *
 * usage: restrict_probe OWN OTHER
 *
 * It opens its handles and restricts them to domain OWN by the role's own code
 * (uart/ioreq_server.c), then tries to reach domain OTHER.  It prints
 * "refused" or "ALLOWED" for each try.  OWN itself must work, or the probe
 * proves nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "uart/ioreq_server.h"

static int allowed_count;

static void report(const char *what, int is_allowed)
{
    int reason = errno;

    printf("%s: %s (%s)\n", what, is_allowed ? "ALLOWED" : "refused",
           is_allowed ? "no error" : strerror(reason));
    allowed_count += is_allowed;
}

int main(int argc, char **argv)
{
    struct ioreq_server server;
    uint32_t own, other;
    unsigned int vcpus;
    xen_pfn_t pfn = 0;
    ioservid_t id;
    int failed = 0;
    void *page;

    if (argc != 3)
        return 2;
    own = strtoul(argv[1], NULL, 10);
    other = strtoul(argv[2], NULL, 10);
    if (ioreq_server_open(&server, own) || ioreq_server_restrict(&server))
        return 2;
    if (xendevicemodel_nr_vcpus(server.devicemodel, own, &vcpus)) {
        perror("its own domain is refused");
        return 2;
    }
    report("ask for the vCPUs",
           !xendevicemodel_nr_vcpus(server.devicemodel, other, &vcpus));
    report("create an ioreq server",
           !xendevicemodel_create_ioreq_server(server.devicemodel, other, 0,
                                               &id));
    report("move an interrupt line",
           !xendevicemodel_set_isa_irq_level(server.devicemodel, other, 4,
                                             0));
    page = xenforeignmemory_map(server.foreign, other, PROT_READ, 1, &pfn,
                                &failed);
    report("map memory", page && !failed);
    report("bind an event channel",
           xenevtchn_bind_interdomain(server.evtchn, other, 1) >= 0);
    ioreq_server_close(&server);
    return allowed_count ? 1 : 0;
}
