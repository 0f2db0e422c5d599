/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_role_test.c - the net role as a program with few arguments, which
 * net_harness starts
 *
 * usage: net_role_test DIRECTORY USER NIC ADDRESS [ADDRESS6 [GATEWAY]]
 */
#include <stdio.h>

#include "net/net_arguments.h"

int main(int argc, char **argv)
{
    struct net_arguments arguments = { 0 };

    if (argc < 5) {
        fprintf(stderr, "usage: net_role_test DIRECTORY USER NIC ADDRESS "
                "[ADDRESS6 [GATEWAY]]\n");
        return 2;
    }
    arguments.directory = argv[1];
    arguments.user = argv[2];
    arguments.nic = argv[3];
    arguments.address = argv[4];
    arguments.address6 = argv[5];
    arguments.gateway = argv[5] ? argv[6] : NULL;
    return net_role_main(&arguments);
}
