/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - mediatord-uart, the program of a uart role: serves the UART of one
 * guest
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "shared/lock_memory.h"
#include "shared/log.h"
#include "shared/role.h"
#include "uart/uart_role.h"

static const char help_text[] =
"Usage: mediatord-uart --NAME=VALUE...\n"
"Serves the UART of one guest.  mediatord starts it; see mediatord(8).\n";

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "--help")) {
        fputs(help_text, stdout);
        return 0;
    }
    log_set_name(ROLE_UART_PROGRAM);
    /* The supervisor started it by a descriptor, which became its name. */
    prctl(PR_SET_NAME, ROLE_UART_PROGRAM);
    lock_memory();
    return uart_role_main(argc, argv);
}
