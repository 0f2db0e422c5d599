/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_arguments.h - what the supervisor tells the net role when it starts it
 */
#ifndef MEDIATOR_NET_ARGUMENTS_H
#define MEDIATOR_NET_ARGUMENTS_H

struct net_arguments {
    const char *directory; /* --directory: /run/mediatord */
    const char *user;      /* --user: who the role becomes */
    const char *nic;       /* --nic: lwip-port/nic/nic.h */
    const char *address;   /* --address: lwip-port/netif_address.h */
    const char *address6;  /* --address6: NULL is "off" */
    const char *gateway;   /* --gateway: NULL when there is none */
};

/* Fails with a message about what is wrong or missing.  The strings belong to
 * argv. */
int net_arguments_parse(struct net_arguments *arguments, int argc,
                        char **argv);

/* Returns an exit status when the role has ended. */
int net_role_main(const struct net_arguments *arguments);

#endif
