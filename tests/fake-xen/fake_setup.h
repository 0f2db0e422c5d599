/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_setup.h - how a test starts a fake Xen and makes domains in it
 */
#ifndef FAKE_SETUP_H
#define FAKE_SETUP_H

#include "fake-xen/fake_hypervisor.h"

/* A directory, the hypervisor process, and FAKE_XEN_DIR in the environment.
 * Exits with a message when that cannot be had. */
void fake_xen_start(void);

/* It has xen-patch's hypervisor part from now on. */
void fake_xen_patch(void);

/* Ends it and removes the directory.  Returns how many of Xen's rules were
 * broken; prints them. */
unsigned int fake_xen_stop(void);

const char *fake_xen_directory(void);

/* 0, or -1 with errno. */
int fake_domain_create(uint32_t domid, const char *name, unsigned int vcpus);
int fake_domain_create_as(uint32_t domid,
                          const struct fake_domain_config *config);
int fake_domain_destroy(uint32_t domid);
int fake_domain_set_page(uint32_t domid, uint64_t frame,
                         enum fake_page kind);

/* At the count-th passing of a fault point. */
void fake_fault_set(enum fake_fault_action action, unsigned int point,
                    unsigned int count);
/* Whether it happened; none is set after it. */
bool fake_fault_clear(void);

/* What may leak. */
unsigned int fake_count_servers(void);
unsigned int fake_count_bound(void);

/* Handles of the libraries that are not restricted to a domain. */
unsigned int fake_count_unrestricted(void);

#endif
