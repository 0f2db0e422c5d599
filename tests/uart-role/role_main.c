/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_main.c - the main() of a test's uart role: mediator/main.c without
 * the supervisor and the net role
 */
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>

#include "shared/role.h"

enum option_value {
    OPTION_ROLE = 256,
    OPTION_DIRECTORY,
    OPTION_USER,
    OPTION_CONSOLE,
    OPTION_LABEL,
    OPTION_MODE,
    OPTION_DOMID,
    OPTION_SERVER,
    OPTION_PORTS,
    OPTION_MACHINE,
    OPTION_IRQ,
    OPTION_PACE,
    OPTION_RTS,
    OPTION_FIFO64,
    OPTION_UNPOSTED,
    OPTION_SPIN,
    OPTION_WIRE_IN,
    OPTION_PLUG,
    OPTION_WIRE,
};

static const struct option long_options[] = {
    { "role", required_argument, NULL, OPTION_ROLE },
    { "directory", required_argument, NULL, OPTION_DIRECTORY },
    { "user", required_argument, NULL, OPTION_USER },
    { "console", required_argument, NULL, OPTION_CONSOLE },
    { "label", required_argument, NULL, OPTION_LABEL },
    { "mode", required_argument, NULL, OPTION_MODE },
    { "domid", required_argument, NULL, OPTION_DOMID },
    { "server", required_argument, NULL, OPTION_SERVER },
    { "ports", required_argument, NULL, OPTION_PORTS },
    { "machine", required_argument, NULL, OPTION_MACHINE },
    { "irq", required_argument, NULL, OPTION_IRQ },
    { "pace", no_argument, NULL, OPTION_PACE },
    { "rts", no_argument, NULL, OPTION_RTS },
    { "fifo64", no_argument, NULL, OPTION_FIFO64 },
    { "unposted", no_argument, NULL, OPTION_UNPOSTED },
    { "spin", required_argument, NULL, OPTION_SPIN },
    { "wire-in", no_argument, NULL, OPTION_WIRE_IN },
    { "plug", no_argument, NULL, OPTION_PLUG },
    { "wire", required_argument, NULL, OPTION_WIRE },
    { NULL, 0, NULL, 0 },
};

static unsigned long number(int base)
{
    return strtoul(optarg, NULL, base);
}

int main(int argc, char **argv)
{
    struct role_options options = { .server = ROLE_NO_SERVER,
                                    .spins = 10240 };
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
        case OPTION_ROLE: break;
        case OPTION_DIRECTORY: options.directory = optarg; break;
        case OPTION_USER: options.user = optarg; break;
        case OPTION_CONSOLE: options.console = optarg; break;
        case OPTION_LABEL: options.label = optarg; break;
        case OPTION_MODE: options.mode = optarg; break;
        case OPTION_DOMID: options.domid = number(10); break;
        case OPTION_SERVER: options.server = number(10); break;
        case OPTION_PORTS: options.first_port = number(16); break;
        case OPTION_MACHINE: options.machine_port = number(16); break;
        case OPTION_IRQ: options.irq = number(10); break;
        case OPTION_PACE: options.uart.is_paced = true; break;
        case OPTION_RTS: options.uart.needs_rts = true; break;
        case OPTION_FIFO64: options.uart.is_16750 = true; break;
        case OPTION_UNPOSTED: options.uart.is_unposted = true; break;
        case OPTION_SPIN: options.spins = strtoul(optarg, NULL, 10); break;
        case OPTION_WIRE_IN: options.uart.has_wire_input = true; break;
        case OPTION_PLUG: options.uart.has_plug = true; break;
        case OPTION_WIRE: options.wire = optarg; break;
        default: return 2;
        }
    }
    if (!options.directory || !options.user || !options.console ||
        !options.label || !options.mode)
        return 2;
    return uart_role_main(&options);
}
