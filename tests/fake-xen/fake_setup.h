/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_setup.h - how a test starts a fake Xen and makes domains in it
 */
#ifndef FAKE_SETUP_H
#define FAKE_SETUP_H

#include "fake-xen/fake_hypervisor.h"

/* Makes a directory, starts the hypervisor process, and sets FAKE_XEN_DIR in
 * the environment.  Exits with a message when that cannot be done. */
void fake_xen_start(void);

/* From now on Xen has xen-patch's hypervisor part. */
void fake_xen_patch(void);
/* From now on Xen has something else behind the numbers of that part. */
void fake_xen_patch_otherwise(void);

/* Ends it and removes the directory.  Prints the rules of Xen's that were
 * broken, and returns how many. */
unsigned int fake_xen_stop(void);

const char *fake_xen_directory(void);

/* 0, or -1 with errno. */
int fake_domain_create(uint32_t domid, const char *name, unsigned int vcpus);
int fake_domain_create_as(uint32_t domid,
                          const struct fake_domain_config *config);
int fake_domain_destroy(uint32_t domid);
int fake_domain_set_page(uint32_t domid, uint64_t frame,
                         enum fake_page kind);

/* Sets what happens to the process that is the count-th to pass a fault point
 * (uart/fault_point.h). */
void fake_fault_set(enum fake_fault_action action, unsigned int point,
                    unsigned int count);
/* Takes that back.  True: it has happened. */
bool fake_fault_clear(void);

/* Sets of what, and of how much, roles that are started from now on have no
 * more (fake_shortage.c), and takes that back. */
void fake_shortage_set(int resource, uint64_t left);
void fake_shortage_clear(void);
/* Says whether dom0 lacks the memory to map guests' pages. */
void fake_unmappable_set(bool is_unmappable);
/* Says whether a role's user has no quota left of where the files are. */
void fake_over_quota_set(bool is_over_quota);
/* Says whether dom0 lacks the memory to ask Xen which domains there are. */
void fake_unaskable_set(bool is_unaskable);

/* xenstored hangs, dies, refuses writes, or works again.  Its nodes stay; watches go with the
 * connections that had them. */
void fake_store_become(enum fake_store_mood mood);

/* Count what could be left behind: servers, bound ports. */
unsigned int fake_count_servers(void);
unsigned int fake_count_bound(void);

/* How many handles of the libraries are not restricted to a domain. */
unsigned int fake_count_unrestricted(void);

#endif
