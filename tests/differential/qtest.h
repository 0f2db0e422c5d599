/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * qtest.h - QEMU's own UART as a device under test: its qtest protocol on a
 * pipe, its serial line on a socket
 *
 * Commands are collected and sent together; their answers are then taken one
 * by one, in order.
 */
#ifndef TESTS_QTEST_H
#define TESTS_QTEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Starts QEMU, which is stopped when the program exits.  Returns 0, or -1 with
 * a message on stderr. */
int qtest_start(void);

/* Adds a command to those that are to be sent. */
void qtest_command(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Sends the commands. */
void qtest_send(void);

/* Takes the next answer and returns its value, 0 when it has none.  What IRQ 4
 * did before that answer is added to qtest_edges, as '1' and '0'. */
uint32_t qtest_answer(void);
extern char qtest_edges[256];

/* The other end of the UART's serial line. */
void qtest_line_write(const uint8_t *bytes, size_t count);

/* Reads what is there; returns how many bytes. */
size_t qtest_line_read(uint8_t *bytes, size_t count);

/* Has QEMU's main loop turn a few times, so that it has seen what was written
 * to the serial line.  No command may wait to be sent or answered. */
void qtest_settle(void);

#endif
