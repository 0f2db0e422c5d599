/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_role_test.c - the net role alone, as a program for net_harness
 *
 * usage: net_role_test DIRECTORY USER NIC ADDRESS [ADDRESS6 [GATEWAY]]
 */
#include <stdio.h>

#include "shared/role.h"

int main(int argc, char **argv)
{
    struct role_options options = { 0 };

    if (argc < 5) {
        fprintf(stderr, "usage: net_role_test DIRECTORY USER NIC ADDRESS "
                "[ADDRESS6 [GATEWAY]]\n");
        return 2;
    }
    options.directory = argv[1];
    options.user = argv[2];
    options.nic = argv[3];
    options.address = argv[4];
    options.address6 = argv[5];
    options.gateway = argv[5] ? argv[6] : NULL;
    return net_role_main(&options);
}
