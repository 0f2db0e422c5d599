/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - mediatord: the supervisor, or, exec'd by it, one of its roles */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "supervisor/config/config.h"
#include "shared/lock_memory.h"
#include "shared/log.h"
#include "shared/role.h"
#include "supervisor/supervisor.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

static const char help_text[] =
"Usage: mediatord [OPTION]...\n"
"Serves the serial consoles of Xen guests to TCP clients.\n"
"\n"
"  -f, --config=FILE      read FILE instead of " CONFIG_FILE "\n"
"      --nic=NIC          the dedicated network card: pci:BDF, passed through,\n"
"                         or netdev:IFACE, which Linux drives in a network\n"
"                         namespace of its own\n"
"      --iommu=off        pass it through although no IOMMU can hold it\n"
"      --address=A/LEN    mediatord's own address (192.168.0.2/24), or dhcp\n"
"      --address6=A/64    its IPv6 address, auto (by the router) or off (off)\n"
"      --gateway=A        its gateway (none)\n"
"      --uart-user=USER   whom uart roles become (mediatord-uart)\n"
"      --net-user=USER    whom the net role becomes (mediatord-net)\n"
"      --directory=DIR    state and control socket (" CONFIG_DIRECTORY ")\n"
"  -h, --help             print this\n"
"  -V, --version          print the version\n"
"\n"
"Runs in the foreground until SIGTERM.  Options go before the file's values.\n"
"Guests are served by xl create with ioreq_server (xl.cfg(5) of the patched\n"
"xl), or by: mediatorctl serve GUEST [OPTIONS]\n"
"Exit status: 0 stopped by a signal, 1 an error, 2 a wrong option.\n";

enum option_value {
    OPTION_NIC = 256,
    OPTION_IOMMU,
    OPTION_ADDRESS,
    OPTION_ADDRESS6,
    OPTION_GATEWAY,
    OPTION_UART_USER,
    OPTION_NET_USER,
    OPTION_DIRECTORY,
    OPTION_ROLE,
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

static const struct option supervisor_options[] = {
    { "config", required_argument, NULL, 'f' },
    { "nic", required_argument, NULL, OPTION_NIC },
    { "iommu", required_argument, NULL, OPTION_IOMMU },
    { "address", required_argument, NULL, OPTION_ADDRESS },
    { "address6", required_argument, NULL, OPTION_ADDRESS6 },
    { "gateway", required_argument, NULL, OPTION_GATEWAY },
    { "uart-user", required_argument, NULL, OPTION_UART_USER },
    { "net-user", required_argument, NULL, OPTION_NET_USER },
    { "directory", required_argument, NULL, OPTION_DIRECTORY },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 },
};

/* Between the supervisor and its roles only: role.h. */
static const struct option role_long_options[] = {
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
    { "nic", required_argument, NULL, OPTION_NIC },
    { "address", required_argument, NULL, OPTION_ADDRESS },
    { "address6", required_argument, NULL, OPTION_ADDRESS6 },
    { "gateway", required_argument, NULL, OPTION_GATEWAY },
    { NULL, 0, NULL, 0 },
};

static int usage_error(void)
{
    fputs("Try: mediatord --help\n", stderr);
    return 2;
}

static int role_main(int argc, char **argv)
{
    struct role_options options = { .server = ROLE_NO_SERVER };
    const char *role = "";
    int option;

    while ((option = getopt_long(argc, argv, "", role_long_options, NULL)) !=
           -1) {
        switch (option) {
        case OPTION_ROLE: role = optarg; break;
        case OPTION_DIRECTORY: options.directory = optarg; break;
        case OPTION_USER: options.user = optarg; break;
        case OPTION_CONSOLE: options.console = optarg; break;
        case OPTION_LABEL: options.label = optarg; break;
        case OPTION_MODE: options.mode = optarg; break;
        case OPTION_NIC: options.nic = optarg; break;
        case OPTION_ADDRESS: options.address = optarg; break;
        case OPTION_ADDRESS6: options.address6 = optarg; break;
        case OPTION_GATEWAY: options.gateway = optarg; break;
        case OPTION_DOMID: options.domid = strtoul(optarg, NULL, 10); break;
        case OPTION_SERVER: options.server = strtoul(optarg, NULL, 10); break;
        case OPTION_PORTS: options.first_port = strtoul(optarg, NULL, 16); break;
        case OPTION_MACHINE:
            options.machine_port = strtoul(optarg, NULL, 16);
            break;
        case OPTION_IRQ: options.irq = strtoul(optarg, NULL, 10); break;
        case OPTION_PACE: options.uart.is_paced = true; break;
        case OPTION_RTS: options.uart.needs_rts = true; break;
        case OPTION_FIFO64: options.uart.is_16750 = true; break;
        case OPTION_UNPOSTED: options.uart.is_unposted = true; break;
        case OPTION_SPIN: options.spins = strtoul(optarg, NULL, 10); break;
        case OPTION_WIRE_IN: options.uart.has_wire_input = true; break;
        case OPTION_PLUG: options.uart.has_plug = true; break;
        case OPTION_WIRE: options.wire = optarg; break;
        default: return usage_error();
        }
    }
    if (!options.directory || !options.user)
        return usage_error();
    /* Exec'd as /proc/self/exe, its name would be "exe". */
    if (!strcmp(role, "uart") && options.console && options.label &&
        options.mode) {
        prctl(PR_SET_NAME, "mediatord-uart");
        return uart_role_main(&options);
    }
    if (!strcmp(role, "net") && options.nic && options.address) {
        prctl(PR_SET_NAME, "mediatord-net");
        return net_role_main(&options);
    }
    return usage_error();
}

/* Two passes: the file named by -f is read before the options that replace
 * its values.  Returns 0, or an exit status + 1 to end with. */
static int parse_options(int argc, char **argv, struct config *config,
                         const char **file)
{
    int option, rc = 0;

    optind = 1;
    while (!rc && (option = getopt_long(argc, argv, "f:hV",
                                        supervisor_options, NULL)) != -1) {
        switch (option) {
        case 'f': *file = optarg; break;
        case 'h':
            fputs(help_text, stdout);
            return EXIT_SUCCESS + 1;
        case 'V':
            puts("mediatord " VERSION);
            return EXIT_SUCCESS + 1;
        case OPTION_NIC: rc = config_set(&config->nic, optarg); break;
        case OPTION_IOMMU: rc = config_set(&config->iommu, optarg); break;
        case OPTION_ADDRESS: rc = config_set(&config->address, optarg); break;
        case OPTION_ADDRESS6:
            rc = config_set(&config->address6, optarg);
            break;
        case OPTION_GATEWAY: rc = config_set(&config->gateway, optarg); break;
        case OPTION_UART_USER:
            rc = config_set(&config->uart_user, optarg);
            break;
        case OPTION_NET_USER: rc = config_set(&config->net_user, optarg); break;
        case OPTION_DIRECTORY:
            rc = config_set(&config->directory, optarg);
            break;
        default: return usage_error() + 1;
        }
    }
    if (!rc && optind < argc) {
        fprintf(stderr, "mediatord: what is \"%s\"?\n", argv[optind]);
        return usage_error() + 1;
    }
    return rc ? EXIT_FAILURE + 1 : 0;
}

int main(int argc, char **argv)
{
    const char *file = NULL;
    struct config config;
    int rc;

    log_set_name("mediatord");
    lock_memory();
    if (argc > 1 && !strncmp(argv[1], "--role=", strlen("--role=")))
        return role_main(argc, argv);

    rc = config_init(&config) ? EXIT_FAILURE + 1 : 0;
    if (!rc)
        rc = parse_options(argc, argv, &config, &file);
    if (!rc && config_read(&config, file ? file : CONFIG_FILE, !file))
        rc = EXIT_FAILURE + 1;
    if (!rc)
        rc = parse_options(argc, argv, &config, &file);
    rc = rc ? rc - 1 : supervisor_main(&config);
    config_free(&config);
    return rc;
}
