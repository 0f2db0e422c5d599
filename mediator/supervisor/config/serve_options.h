/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serve_options.h - "mode=passthrough;machine=3f8;tcp=1234", understood
 */
#ifndef MEDIATOR_SERVE_OPTIONS_H
#define MEDIATOR_SERVE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/access_list.h"

#define SERVER_NAME_BYTES 32
#define MODE_BYTES 16
#define WIRE_BYTES 128
#define REPLAY_ALL UINT64_MAX

struct serve_options {
    char name[SERVER_NAME_BYTES]; /* name=com1 */
    char mode[MODE_BYTES];        /* mode=passthrough */
    uint16_t first_port;          /* ports=3f8-3ff: the guest's */
    uint8_t irq;                  /* irq=4: the guest's ISA line */
    uint16_t machine_port;        /* machine=3f8: the real 8250 */
    uint16_t tcp_port;            /* tcp=1234 */
    uint64_t history_bytes;       /* history=1M */
    uint64_t replay_bytes;        /* replay=off|SIZE: 0, or how much of the
                                   * history a new client gets */
    bool is_read_only;            /* access=ro: clients cannot type */
    char allow[ACCESS_LIST_BYTES]; /* allow=192.168.0.0/24,...: who may
                                    * connect; "": everybody */
    bool is_paced;                /* pace=on: mode=virtual keeps to the baud
                                   * rate that the guest chose */
    bool needs_rts;               /* rts=on: no input while MCR.RTS is low */
    bool has_plug;                /* input=loopback: through a plug at the
                                   * machine's port (else input=direct) */
    bool has_wire_input;          /* wire-in=on: what the machine's 8250
                                   * receives reaches the guest */
    bool is_16750;                /* fifo=64: mode=virtual is a 16750 */
    bool is_unposted;             /* posted=off: mode=virtual does not use what
                                   * a Xen with xen-patch's hypervisor part
                                   * offers */
    char wire[WIRE_BYTES];        /* wire=/dev/ttyUSB0: mode=virtual's wire is
                                   * this tty; "": it has none */
};

/* The values above. */
void serve_options_init(struct serve_options *options);

/* text: items "key=value" separated by ';'; what is not given keeps its value
 * shown above (replay: all of the history; access: rw).  Fails with a message
 * that names the item. */
int serve_options_parse(struct serve_options *options, const char *text);

/* Whether the items go together, once all are known. */
int serve_options_check(const struct serve_options *options);

#endif
