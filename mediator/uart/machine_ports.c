/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * machine_ports.c - in and out instructions, and the right to use them
 */
#include "uart/machine_ports.h"

#include <linux/serial_reg.h>
#include <stdbool.h>
#include <sys/io.h>

#include "shared/log.h"
#include "shared/uart_mode.h"

int machine_ports_open(struct machine_ports *ports, uint16_t first)
{
    if (ioperm(first, UART_REGS, 1))
        return log_errno("cannot use the machine's ports %x-%x; was "
                         "mediatord started as root in dom0?", first,
                         first + UART_REGS - 1);
    ports->first = first;
    return 0;
}

static bool scratch_register_holds(struct machine_ports *ports, uint8_t value)
{
    machine_ports_write(ports, UART_SCR, value);
    return machine_ports_read(ports, UART_SCR) == value;
}

int machine_ports_probe(struct machine_ports *ports)
{
    uint8_t scratch = machine_ports_read(ports, UART_SCR);
    bool is_there = scratch_register_holds(ports, 0x5a) &&
                    scratch_register_holds(ports, 0xa5);

    if (!is_there)
        return log_error("no UART answers at machine port %x: either there is "
                         "none, or Xen has it as its own console; then boot "
                         "Xen with its console on another port "
                         "(com2=115200,8n1 console=com2), or serve the guest "
                         "with another machine= port",
                         ports->first);
    machine_ports_write(ports, UART_SCR, scratch);
    return 0;
}

uint8_t machine_ports_read(struct machine_ports *ports, unsigned int offset)
{
    return inb(ports->first + offset);
}

void machine_ports_write(struct machine_ports *ports, unsigned int offset,
                         uint8_t value)
{
    outb(value, ports->first + offset);
}
