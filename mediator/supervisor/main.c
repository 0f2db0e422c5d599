/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - mediatord: its command line */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisor/config/config.h"
#include "shared/control_protocol.h"
#include "shared/lock_memory.h"
#include "shared/log.h"
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
"      --directory=DIR    state and control socket (" CONTROL_DIRECTORY ")\n"
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

static int usage_error(void)
{
    fputs("Try: mediatord --help\n", stderr);
    return 2;
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
