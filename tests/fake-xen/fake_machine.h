/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_machine.h - the machine's own 8250s: models behind machine_ports.h
 *
 * It stands in the file "machine" of FAKE_XEN_DIR when that is set, so that a
 * test sees the serial line of a role in another process; else in this
 * process's memory.  An access that was cut short by the death of its process
 * did not happen.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <stdint.h>

#include "fake-xen/fake_uart.h"

#define FAKE_UARTS_MAX 16

/* The model of the UART at a base port; it is made when there is none yet. */
struct fake_uart *fake_machine_uart(uint16_t base);
/* Unmaps the file: another FAKE_XEN_DIR will be used. */
void fake_machine_detach(void);

#endif
