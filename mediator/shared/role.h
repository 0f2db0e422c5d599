/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role.h - how the supervisor starts a role
 *
 * A role is this same binary, exec'd with --role=NAME and the options below,
 * with its link to the supervisor as descriptor ROLE_LINK_FD.
 */
#ifndef MEDIATOR_ROLE_H
#define MEDIATOR_ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include "uart/uart.h"

#define ROLE_NO_SERVER UINT32_MAX
#define ROLE_NO_IRQ 255

struct role_options {
    const char *directory; /* --directory: /run/mediatord */
    const char *user;      /* --user: who the role becomes */

    /* uart role */
    const char *console;   /* --console: its folder below directory/consoles */
    const char *label;     /* --label: "g1/com1", for the log */
    const char *mode;      /* --mode: uart_modes.c */
    uint32_t domid;        /* --domid */
    uint32_t server;       /* --server: the ioreq server to adopt, or
                            * ROLE_NO_SERVER to create one */
    uint16_t first_port;   /* --ports: the guest's, e.g. 3f8 */
    uint16_t machine_port; /* --machine */
    const char *wire;      /* --wire: a tty's path, or NULL */
    uint8_t irq;           /* --irq: ISA, or ROLE_NO_IRQ: the guest (PVH) has
                            * none, and an interrupt call for it is an error */
    uint32_t spins;        /* --spin: looks for a next request, then sleep */
    struct uart_options uart; /* --pace, --rts, --fifo64, --unposted,
                               * --wire-in, --plug */

    /* net role */
    const char *nic;       /* --nic: lwip-port/nic/nic.h */
    const char *address;   /* --address: lwip-port/netif_address.h */
    const char *address6;  /* --address6: NULL is "off" */
    const char *gateway;   /* --gateway: NULL when there is none */
};

/* Both return an exit status when the role has ended. */
int uart_role_main(const struct role_options *options);
int net_role_main(const struct role_options *options);

#endif
