/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain.h - what the supervisor asks Xen and xenstore about domains
 *
 * This, holder_domain.c and xen_boot.c are the only places that use
 * libxenctrl, whose interface changes with each release of Xen.
 */
#ifndef MEDIATOR_DOMAIN_H
#define MEDIATOR_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#define DOMAIN_NAME_BYTES 128
#define DOMAIN_UUID_BYTES 16

struct domain {
    char name[DOMAIN_NAME_BYTES];
    uint8_t uuid[DOMAIN_UUID_BYTES];
    uint32_t domid;
    bool is_hvm;    /* has ioreq servers */
    bool has_isa_irqs; /* a PVH guest has not */
    bool is_paused;
    bool is_dying;
};

struct domains; /* the handles */
struct store;

/* NULL, with a message, when there is no Xen below.  The store, which may not
 * be connected, is asked by those functions only that need names. */
struct domains *domains_open(struct store *store);
void domains_close(struct domains *domains);

/* guest: a name or a domid.  Fails with a message when there is none, or
 * xenstore is not there. */
int domains_find(struct domains *domains, const char *guest,
                 struct domain *domain);

/* The same for a domain that is named by its number alone. */
int domains_find_id(struct domains *domains, uint32_t domid,
                    struct domain *domain);

/* Tells of each domain that has a name; of none when xenstore is not there. */
void domains_each(struct domains *domains,
                  void (*tell)(void *opaque, const struct domain *domain),
                  void *opaque);

/* False when there is no such domain any more.  name is not filled in. */
bool domains_get(struct domains *domains, uint32_t domid,
                 struct domain *domain);

/* Whether a domain, which had this UUID (NULL: any), has ended, or is about
 * to.  Nothing but Xen's word makes this true: when it cannot be asked, for
 * lack of memory say, nobody may give up what a guest waits for. */
bool domains_has_ended(struct domains *domains, uint32_t domid,
                       const uint8_t *uuid);

/* Whether a domain that there is has an ioreq server of this id.  Nothing but
 * Xen's word that it has none makes this false. */
bool domains_has_server(struct domains *domains, uint32_t domid,
                        uint32_t server);

/* How many processors the machine has; 0 when Xen does not tell. */
unsigned int domains_host_cpus(const struct domains *domains);

#endif
