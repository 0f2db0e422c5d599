/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_arguments.h - what the supervisor tells a uart role when it starts it
 */
#ifndef MEDIATOR_UART_ARGUMENTS_H
#define MEDIATOR_UART_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/console_options.h"

struct uart_arguments {
    const char *directory; /* --directory: /run/mediatord */
    const char *user;      /* --user: who the role becomes */
    const char *console;   /* --console: its folder below
                            * directory/consoles */
    const char *label;     /* --label: "g1/com1", for the log */
    uint32_t domid;        /* --domid */
    uint32_t server;       /* --server: the ioreq server to adopt, or
                            * ROLE_NO_SERVER to create one */
    bool has_no_irq;       /* --no-irq: the guest (PVH) has no ISA interrupts,
                            * and an interrupt call for it is an error */
    uint32_t spins;        /* --spin: how often the role looks for a guest's
                            * next request before it sleeps */
    struct console_options options; /* --options: all of the console's */
};

/* Fails with a message about what is wrong or missing.  The strings belong to
 * argv. */
int uart_arguments_parse(struct uart_arguments *arguments, int argc,
                         char **argv);

#endif
