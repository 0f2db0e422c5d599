/* SPDX-License-Identifier: BSD-2-Clause */
/* domain.c - what the supervisor asks Xen and xenstore about domains */
#include "supervisor/host/domain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/log.h"
#include "supervisor/host/domain_handles.h"

/* domid_t has 16 bits, and the last ones are reserved (xen.h). */
#define DOMID_MAX 0x7feful

struct domains *domains_open(struct store *store)
{
    struct domains *domains = calloc(1, sizeof(*domains));
    int rc = 0;

    if (!domains) {
        log_error("out of memory");
        return NULL;
    }
    domains->store = store;
    domains->xc = xc_interface_open(NULL, NULL, 0);
    if (!domains->xc) {
        rc = log_errno("no Xen under this kernel: mediatord runs in a "
                       "Xen host's dom0, as root, with the module "
                       "xen-privcmd loaded");
        goto out;
    }
    domains->devicemodel = xendevicemodel_open(NULL, 0);
    if (!domains->devicemodel)
        rc = log_errno("cannot open Xen's interface for device models "
                       "(/dev/xen/privcmd)");
out:
    if (rc) {
        domains_close(domains);
        return NULL;
    }
    return domains;
}

void domains_close(struct domains *domains)
{
    if (!domains)
        return;
    if (domains->devicemodel)
        xendevicemodel_close(domains->devicemodel);
    if (domains->xc)
        xc_interface_close(domains->xc);
    free(domains);
}

bool domains_get(struct domains *domains, uint32_t domid,
                 struct domain *domain)
{
    xc_dominfo_t answer;

    *domain = (struct domain){ .domid = domid };
    /* Xen answers with the first domain from domid on. */
    if (xc_domain_getinfo(domains->xc, domid, 1, &answer) != 1 ||
        answer.domid != domid)
        return false;
    memcpy(domain->uuid, answer.handle, DOMAIN_UUID_BYTES);
    domain->is_hvm = answer.hvm;
    domain->has_isa_irqs = answer.arch_config.emulation_flags &
                           XEN_X86_EMU_PIC;
    domain->is_paused = answer.paused;
    domain->is_dying = answer.dying;
    return true;
}

bool domains_has_ended(struct domains *domains, uint32_t domid,
                       const uint8_t *uuid)
{
    xc_dominfo_t answer;

    if (xc_domain_getinfo(domains->xc, domid, 1, &answer) != 1)
        return errno == ESRCH;
    return answer.domid != domid || answer.dying ||
           (uuid && memcmp(answer.handle, uuid, DOMAIN_UUID_BYTES));
}

bool domains_has_server(struct domains *domains, uint32_t domid,
                        uint32_t server)
{
    /* Without a place for the frames' numbers Xen does not make any. */
    return !xendevicemodel_get_ioreq_server_info(domains->devicemodel, domid,
                                                 server, NULL, NULL, NULL) ||
           errno != ENOENT;
}

/* False when xenstore has no name of the domain, or one that is too long. */
static bool read_name(struct domains *domains, const char *domid,
                      char name[DOMAIN_NAME_BYTES])
{
    char path[64];
    char *value;
    unsigned int length;
    bool fits;

    snprintf(path, sizeof(path), "/local/domain/%s/name", domid);
    value = store_read(domains->store, XBT_NULL, path, &length);
    if (!value)
        return false;
    fits = length < DOMAIN_NAME_BYTES;
    if (fits)
        memcpy(name, value, length + 1);
    free(value);
    return fits;
}

static int refuse_without_store(const char *guest)
{
    return log_error("xenstored does not answer, so domain \"%s\" cannot be "
                     "looked up; see systemctl status xenstored", guest);
}

static bool parse_domid(const char *text, uint32_t *domid)
{
    unsigned long value;
    char *end;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (errno || end == text || *end || value > DOMID_MAX || *text == '-')
        return false;
    *domid = value;
    return true;
}

int domains_find(struct domains *domains, const char *guest,
                 struct domain *domain)
{
    char name[DOMAIN_NAME_BYTES];
    bool is_found = false;
    unsigned int count = 0, i;
    uint32_t domid = 0;
    char **domids;

    domids = store_list(domains->store, "/local/domain", &count);
    if (!domids && store_is_connected(domains->store))
        return log_errno("cannot list domains in xenstore");
    for (i = 0; domids && i < count && !is_found; i++) {
        if (!read_name(domains, domids[i], name))
            continue;
        is_found = (!strcmp(name, guest) || !strcmp(domids[i], guest)) &&
                   parse_domid(domids[i], &domid);
    }
    free(domids);

    if (!store_is_connected(domains->store))
        return refuse_without_store(guest);
    if (!is_found || !domains_get(domains, domid, domain))
        return log_error("there is no domain \"%s\"; see xl list", guest);
    memcpy(domain->name, name, sizeof(domain->name));
    return 0;
}

int domains_find_id(struct domains *domains, uint32_t domid,
                    struct domain *domain)
{
    char name[DOMAIN_NAME_BYTES], text[16];
    bool has_name;

    snprintf(text, sizeof(text), "%u", domid);
    has_name = read_name(domains, text, name);
    if (!store_is_connected(domains->store))
        return refuse_without_store(text);
    if (!has_name || !domains_get(domains, domid, domain))
        return log_error("there is no domain %u with a name; see xl list",
                         domid);
    memcpy(domain->name, name, sizeof(domain->name));
    return 0;
}

void domains_each(struct domains *domains,
                  void (*tell)(void *opaque, const struct domain *domain),
                  void *opaque)
{
    char name[DOMAIN_NAME_BYTES];
    unsigned int count = 0, i;
    struct domain domain;
    char **domids;
    uint32_t domid;

    domids = store_list(domains->store, "/local/domain", &count);
    for (i = 0; domids && i < count; i++) {
        if (!parse_domid(domids[i], &domid) ||
            !read_name(domains, domids[i], name) ||
            !domains_get(domains, domid, &domain))
            continue;
        memcpy(domain.name, name, sizeof(domain.name));
        tell(opaque, &domain);
    }
    free(domids);
}

unsigned int domains_host_cpus(const struct domains *domains)
{
    xc_physinfo_t info = { 0 };

    return xc_physinfo(domains->xc, &info) ? 0 : info.nr_cpus;
}
