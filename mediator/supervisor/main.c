/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - mediatord: its command line */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/control_protocol.h"
#include "shared/lock_memory.h"
#include "shared/log.h"
#include "supervisor/config/config.h"
#include "supervisor/supervisor.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

static const char help_text[] =
"Usage: mediatord [OPTION]...\n"
"Serves the serial consoles of Xen guests to TCP clients.\n"
"\n"
"  -f, --config=FILE      read FILE instead of " CONFIG_FILE "\n"
"      --nic=NIC          the dedicated network card: pci:BDF, passed "
                         "through,\n"
"                         or netdev:IFACE, which Linux drives in a network\n"
"                         namespace of its own\n"
"      --iommu=off        pass it through although no IOMMU can hold it\n"
"      --address=A/LEN    mediatord's own address (192.168.0.2/24), or dhcp\n"
"      --address6=A/64    its IPv6 address, auto (by the router) or off "
                         "(off)\n"
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

/* What the command line leads to. */
enum outcome {
    OUTCOME_GO_ON,
    OUTCOME_DONE,   /* --help or --version: all is said */
    OUTCOME_USAGE,  /* a wrong option, which was named */
    OUTCOME_FAILED, /* with a message */
};

static const int exit_statuses[] = {
    [OUTCOME_DONE] = EXIT_SUCCESS,
    [OUTCOME_USAGE] = 2,
    [OUTCOME_FAILED] = EXIT_FAILURE,
};

/* It is called twice: the file that -f names is read before the options that
 * replace its values. */
static enum outcome parse_options(int argc, char **argv,
                                  struct config *config, const char **file)
{
    int option, rc = 0;

    optind = 1;
    while (!rc && (option = getopt_long(argc, argv, "f:hV",
                                        supervisor_options, NULL)) != -1) {
        switch (option) {
        case 'f': *file = optarg; break;
        case 'h':
            fputs(help_text, stdout);
            return OUTCOME_DONE;
        case 'V':
            puts("mediatord " VERSION);
            return OUTCOME_DONE;
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
        case OPTION_NET_USER:
            rc = config_set(&config->net_user, optarg);
            break;
        case OPTION_DIRECTORY:
            rc = config_set(&config->directory, optarg);
            break;
        default:
            usage_error();
            return OUTCOME_USAGE;
        }
    }
    if (!rc && optind < argc) {
        fprintf(stderr, "mediatord: what is \"%s\"?\n", argv[optind]);
        usage_error();
        return OUTCOME_USAGE;
    }
    return rc ? OUTCOME_FAILED : OUTCOME_GO_ON;
}

/* The defaults, the file and the options, each on top of the one before. */
static enum outcome configure(int argc, char **argv, struct config *config)
{
    const char *file = NULL;
    enum outcome outcome;

    if (config_init(config))
        return OUTCOME_FAILED;
    outcome = parse_options(argc, argv, config, &file);
    if (outcome != OUTCOME_GO_ON)
        return outcome;
    if (config_read(config, file ? file : CONFIG_FILE, !file))
        return OUTCOME_FAILED;
    return parse_options(argc, argv, config, &file);
}

int main(int argc, char **argv)
{
    struct config config;
    enum outcome outcome;
    int status;

    log_set_name("mediatord");
    lock_memory();
    outcome = configure(argc, argv, &config);
    status = outcome == OUTCOME_GO_ON ? supervisor_main(&config)
                                      : exit_statuses[outcome];
    config_free(&config);
    return status;
}
