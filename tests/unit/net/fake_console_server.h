/* SPDX-License-Identifier: BSD-2-Clause */
/* fake_console_server.h - what a client asks of its console */
#ifndef TESTS_FAKE_CONSOLE_SERVER_H
#define TESTS_FAKE_CONSOLE_SERVER_H

#include <stdint.h>

extern uint64_t missed_sum; /* by all clients */
extern unsigned int ptys_let_go;

#endif
