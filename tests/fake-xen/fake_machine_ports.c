/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_machine_ports.c - instead of mediator/uart/machine_ports.c: the same
 * functions, with a model of the device behind them
 */
#include "uart/machine_ports.h"

#include <linux/serial_reg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "fake-xen/fake_machine.h"
#include "shared/log.h"

int machine_ports_open(struct machine_ports *ports, uint16_t first)
{
    /* Mapped now, since a confined role can open nothing. */
    if (!fake_machine_uart(first))
        return log_error("the fake machine has no place for a UART at %x",
                         first);
    ports->first = first;
    return 0;
}

int machine_ports_probe(struct machine_ports *ports)
{
    uint8_t scratch = machine_ports_read(ports, UART_SCR);
    bool is_there;

    machine_ports_write(ports, UART_SCR, 0x5a);
    is_there = machine_ports_read(ports, UART_SCR) == 0x5a;
    machine_ports_write(ports, UART_SCR, 0xa5);
    is_there = is_there && machine_ports_read(ports, UART_SCR) == 0xa5;
    if (!is_there)
        return log_error("no UART answers at machine port %x", ports->first);
    machine_ports_write(ports, UART_SCR, scratch);
    return 0;
}

/* The model behind these ports.  As for the instructions in and out, a port
 * without a device is no error. */
static struct fake_uart *uart_at(struct machine_ports *ports,
                                 unsigned int offset)
{
    /* An access beyond the eight ports is a segmentation fault on a machine:
     * ioperm() was asked for no more. */
    if (offset > 7)
        abort();
    return fake_machine_uart(ports->first);
}

uint8_t machine_ports_read(struct machine_ports *ports, unsigned int offset)
{
    return fake_uart_in(uart_at(ports, offset), offset);
}

void machine_ports_write(struct machine_ports *ports, unsigned int offset,
                         uint8_t value)
{
    fake_uart_out(uart_at(ports, offset), offset, value);
}
