/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_ports.h - the eight ports of one of the machine's own UARTs
 *
 * This layer is thin because tests replace it: tests/fake-xen implements this
 * header with a model of an 8250.
 */
#ifndef MEDIATOR_MACHINE_PORTS_H
#define MEDIATOR_MACHINE_PORTS_H

#include <stdint.h>

struct machine_ports {
    uint16_t first; /* base port, e.g. 0x3f8 */
};

/* Gets the right to use the ports (ioperm, which survives the loss of
 * privileges).  Touches no register.  0, or -1 with a message logged. */
int machine_ports_open(struct machine_ports *ports, uint16_t first);

/* Finds out whether a UART answers: its scratch register holds what is
 * written.  A port that Xen keeps for its own console reads ff and drops
 * writes silently.  0, or -1 with a message logged that names the cure. */
int machine_ports_probe(struct machine_ports *ports);

uint8_t machine_ports_read(struct machine_ports *ports, unsigned int offset);
void machine_ports_write(struct machine_ports *ports, unsigned int offset,
                         uint8_t value);

#endif
