/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_probe.c - what Xen keeps for domains, also for those that are dying
 *
 * It prints how many domains there are besides dom0, and of all these
 * together the ioreq servers, the pages, and the pages that they may still
 * claim.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <xenctrl.h>
#include <xendevicemodel.h>

#define INFO_BATCH  64
#define SERVERS_MAX 8 /* of a domain: MAX_NR_IOREQ_SERVERS of Xen's */

static unsigned int count_servers(xendevicemodel_handle *devicemodel,
                                  uint32_t domid)
{
    unsigned int id, count = 0;

    for (id = 0; id < SERVERS_MAX; id++)
        count += !xendevicemodel_get_ioreq_server_info(devicemodel, domid, id,
                                                       NULL, NULL, NULL);
    return count;
}

int main(void)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    xendevicemodel_handle *devicemodel = xendevicemodel_open(NULL, 0);
    uint64_t domains = 0, servers = 0, pages = 0, claimed = 0;
    xc_domaininfo_t all[INFO_BATCH];
    uint32_t first = 1;
    int count, i;

    if (!xc || !devicemodel) {
        perror("domain_probe: cannot open Xen's interfaces");
        return 1;
    }
    while ((count = xc_domain_getinfolist(xc, first, INFO_BATCH, all)) > 0) {
        for (i = 0; i < count; i++) {
            domains++;
            servers += count_servers(devicemodel, all[i].domain);
            pages += all[i].tot_pages;
            claimed += all[i].outstanding_pages;
        }
        first = all[count - 1].domain + 1;
    }
    if (count < 0) {
        perror("domain_probe: cannot list domains");
        return 1;
    }
    printf("domains=%" PRIu64 " servers=%" PRIu64 " pages=%" PRIu64
           " claimed=%" PRIu64 "\n", domains, servers, pages, claimed);
    return 0;
}
