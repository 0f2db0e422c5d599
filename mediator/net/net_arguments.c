/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_arguments.c - the net role's command line
 */
#include "net/net_arguments.h"

#include <getopt.h>
#include <stddef.h>

#include "shared/log.h"

enum argument {
    ARGUMENT_DIRECTORY = 256,
    ARGUMENT_USER,
    ARGUMENT_NIC,
    ARGUMENT_ADDRESS,
    ARGUMENT_ADDRESS6,
    ARGUMENT_GATEWAY,
};

static const struct option known[] = {
    { "directory", required_argument, NULL, ARGUMENT_DIRECTORY },
    { "user", required_argument, NULL, ARGUMENT_USER },
    { "nic", required_argument, NULL, ARGUMENT_NIC },
    { "address", required_argument, NULL, ARGUMENT_ADDRESS },
    { "address6", required_argument, NULL, ARGUMENT_ADDRESS6 },
    { "gateway", required_argument, NULL, ARGUMENT_GATEWAY },
    { NULL, 0, NULL, 0 },
};

int net_arguments_parse(struct net_arguments *arguments, int argc,
                        char **argv)
{
    int argument;

    *arguments = (struct net_arguments){ 0 };
    while ((argument = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (argument) {
        case ARGUMENT_DIRECTORY: arguments->directory = optarg; break;
        case ARGUMENT_USER: arguments->user = optarg; break;
        case ARGUMENT_NIC: arguments->nic = optarg; break;
        case ARGUMENT_ADDRESS: arguments->address = optarg; break;
        case ARGUMENT_ADDRESS6: arguments->address6 = optarg; break;
        case ARGUMENT_GATEWAY: arguments->gateway = optarg; break;
        default: return -1;
        }
    }
    if (!arguments->directory || !arguments->user || !arguments->nic ||
        !arguments->address)
        return log_error("--directory, --user, --nic and --address are "
                         "wanted; only mediatord starts this program");
    return 0;
}
