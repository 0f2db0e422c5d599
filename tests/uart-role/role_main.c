/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role_main.c - the main() of a test's uart role, which is mediatord-uart with
 * the fake Xen's libraries and machine
 */
#include "uart/uart_role.h"

int main(int argc, char **argv)
{
    return uart_role_main(argc, argv);
}
