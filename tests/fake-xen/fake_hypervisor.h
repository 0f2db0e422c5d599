/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_hypervisor.h - the process behind the socket of fake_xen.h: its tables,
 * and its calls
 */
#ifndef FAKE_HYPERVISOR_H
#define FAKE_HYPERVISOR_H

#include "fake-xen/fake_call.h"
#include "fake-xen/fake_xen.h"

#define FAKE_PEERS_MAX 2048
#define FAKE_NODES_MAX 1024
#define FAKE_WATCHES_MAX 256

/* A connection. */
struct fake_peer {
    int fd;
    enum fake_kind kind;
    uint32_t number; /* names its FIFO (evtchn), or its pair (store) */
    bool is_restricted;
    uint32_t domid; /* to which it is restricted */
};

/* A node of xenstore. */
struct fake_node {
    char *path;
    char *value;
};

struct fake_watch {
    uint32_t store; /* number of the connection that watches; 0: unused */
    char *path;
    char *token;
};

struct fake_hypervisor {
    struct fake_xen *xen;
    const char *directory;
    int listener;
    int ioreq_fd;
    int memory_fds[FAKE_DOMAINS_MAX];
    int fifos[FAKE_HANDLES_MAX];
    bool is_handle_used[FAKE_HANDLES_MAX];
    uint32_t next_handle;
    uint32_t next_number;
    unsigned int peer_count;
    struct fake_peer peers[FAKE_PEERS_MAX];
    unsigned int node_count;
    struct fake_node nodes[FAKE_NODES_MAX];
    struct fake_watch watches[FAKE_WATCHES_MAX];
};

/* Makes the files and the socket in a directory.  0, or -1 with a message
 * logged. */
int fake_hypervisor_open(struct fake_hypervisor *hypervisor,
                         const char *directory);

/* Serves until the first FAKE_KIND_TEST connection has ended. */
void fake_hypervisor_run(struct fake_hypervisor *hypervisor);

/* The calls.  Each returns 0 or an errno.  fd: where a descriptor goes that
 * goes with the answer. */

/* fake_hypercalls.c */
int fake_create_server(struct fake_hypervisor *, struct fake_call *);
int fake_map_range(struct fake_hypervisor *, struct fake_call *);
int fake_query_attributes(struct fake_hypervisor *, struct fake_call *);
int fake_set_state(struct fake_hypervisor *, struct fake_call *);
int fake_destroy_server(struct fake_hypervisor *, struct fake_call *);
int fake_nr_vcpus(struct fake_hypervisor *, struct fake_call *);
int fake_server_info(struct fake_hypervisor *, struct fake_call *);
int fake_set_irq(struct fake_hypervisor *, struct fake_call *);
int fake_map_resource(struct fake_hypervisor *, struct fake_call *, int *fd);
int fake_map_page(struct fake_hypervisor *, struct fake_call *, int *fd);
int fake_bind(struct fake_hypervisor *, struct fake_call *,
              const struct fake_peer *);
/* The owner of the handle closed it, or died. */
void fake_release_handle(struct fake_hypervisor *, uint32_t handle);

/* fake_domains.c */
int fake_get_info(struct fake_hypervisor *, struct fake_call *);
int fake_create_domain(struct fake_hypervisor *, struct fake_call *);
int fake_destroy_domain(struct fake_hypervisor *, struct fake_call *);
int fake_set_page(struct fake_hypervisor *, struct fake_call *);

/* fake_nodes.c */
int fake_store_call(struct fake_hypervisor *, struct fake_call *,
                    const struct fake_peer *);
void fake_store_set(struct fake_hypervisor *, const char *path,
                    const char *value);
void fake_store_remove(struct fake_hypervisor *, const char *path);
/* Fires watches.  path: "@releaseDomain", or the node that changed. */
void fake_store_fire(struct fake_hypervisor *, const char *path);
void fake_store_forget(struct fake_hypervisor *, uint32_t store);

/* What a test says of a domain that is to be made, in fake_call.text. */
struct fake_domain_config {
    char name[128];
    uint8_t uuid[16];
    uint32_t vcpus;
    uint32_t pages; /* of RAM, from address 0 */
    uint8_t is_hvm;
};

#endif
