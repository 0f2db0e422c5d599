/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_arguments.c - reads the uart role's command line
 */
#include "uart/uart_arguments.h"

#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>

#include "shared/log.h"
#include "shared/role.h"

enum argument {
    ARGUMENT_DIRECTORY = 256,
    ARGUMENT_USER,
    ARGUMENT_CONSOLE,
    ARGUMENT_LABEL,
    ARGUMENT_DOMID,
    ARGUMENT_SERVER,
    ARGUMENT_NO_IRQ,
    ARGUMENT_SPIN,
    ARGUMENT_OPTIONS,
};

static const struct option known[] = {
    { "directory", required_argument, NULL, ARGUMENT_DIRECTORY },
    { "user", required_argument, NULL, ARGUMENT_USER },
    { "console", required_argument, NULL, ARGUMENT_CONSOLE },
    { "label", required_argument, NULL, ARGUMENT_LABEL },
    { "domid", required_argument, NULL, ARGUMENT_DOMID },
    { "server", required_argument, NULL, ARGUMENT_SERVER },
    { "no-irq", no_argument, NULL, ARGUMENT_NO_IRQ },
    { "spin", required_argument, NULL, ARGUMENT_SPIN },
    { "options", required_argument, NULL, ARGUMENT_OPTIONS },
    { NULL, 0, NULL, 0 },
};

static uint32_t number(void)
{
    return strtoul(optarg, NULL, 10);
}

int uart_arguments_parse(struct uart_arguments *arguments, int argc,
                         char **argv)
{
    int argument, rc = 0;

    *arguments = (struct uart_arguments){ .server = ROLE_NO_SERVER };
    console_options_init(&arguments->options);
    while (!rc &&
           (argument = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (argument) {
        case ARGUMENT_DIRECTORY: arguments->directory = optarg; break;
        case ARGUMENT_USER: arguments->user = optarg; break;
        case ARGUMENT_CONSOLE: arguments->console = optarg; break;
        case ARGUMENT_LABEL: arguments->label = optarg; break;
        case ARGUMENT_DOMID: arguments->domid = number(); break;
        case ARGUMENT_SERVER: arguments->server = number(); break;
        case ARGUMENT_NO_IRQ: arguments->has_no_irq = true; break;
        case ARGUMENT_SPIN: arguments->spins = number(); break;
        case ARGUMENT_OPTIONS:
            rc = console_options_parse(&arguments->options, optarg);
            break;
        default: rc = -1;
        }
    }
    if (!rc && (!arguments->directory || !arguments->user ||
                !arguments->console || !arguments->label))
        rc = log_error("--directory, --user, --console and --label are "
                       "wanted; only mediatord starts this program");
    return rc ? rc : console_options_check(&arguments->options);
}
