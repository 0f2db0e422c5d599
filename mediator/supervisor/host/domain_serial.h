/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domain_serial.h - where xl console looks for a guest's serial port
 *
 * /local/domain/DOMID/serial/N/tty holds the path of a pty; libxl writes it
 * for a serial port of its own (serial = "pty").  Beside ours stands
 * serial/N/server = "mediatord", by which a successor knows it.
 */
#ifndef MEDIATOR_DOMAIN_SERIAL_H
#define MEDIATOR_DOMAIN_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

struct domains;

/* The N of a COM port: 0 for 3f8.  False when the port is no COM port's. */
bool domain_serial_number(uint16_t port, unsigned int *number);

/* Writes the path where xl console looks for it; only dom0 can read it.
 * Returns 1 when libxl has a tty there, which is left alone, or -1 with a
 * message. */
int domain_serial_publish(struct domains *domains, uint32_t domid,
                          unsigned int number, const char *path);

/* Removes what was published, if it is still there and says `path`. */
void domain_serial_withdraw(struct domains *domains, uint32_t domid,
                            unsigned int number, const char *path);

#endif
