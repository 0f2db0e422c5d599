/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_ports.h - the eight ports of one of the machine's own UARTs
 *
 * The thinnest layer there is: tests/fake-xen has another implementation of
 * this header with a model of an 8250 behind it.
 */
#ifndef MEDIATOR_MACHINE_PORTS_H
#define MEDIATOR_MACHINE_PORTS_H

#include <stdint.h>

struct machine_ports {
    uint16_t first; /* base port, e.g. 0x3f8 */
};

/* Gets the right to use the ports (ioperm, which survives the loss of
 * privileges).  Touches no register. */
int machine_ports_open(struct machine_ports *ports, uint16_t first);

/* Whether a UART answers: its scratch register holds what is written.  A port
 * that Xen keeps for its own console reads ff and drops writes silently.  An
 * error names the cure. */
int machine_ports_probe(struct machine_ports *ports);

uint8_t machine_ports_read(struct machine_ports *ports, unsigned int offset);
void machine_ports_write(struct machine_ports *ports, unsigned int offset,
                         uint8_t value);

#endif
