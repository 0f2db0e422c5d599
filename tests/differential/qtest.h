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

/* 0, or -1 with a message on stderr.  It is stopped when the program exits. */
int qtest_start(void);

/* Adds one to what is to be sent. */
void qtest_command(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void qtest_send(void);

/* The next answer: its value (0 when it has none).  What the interrupt lines
 * did before it is added to qtest_edges: '1' and '0' of IRQ 4. */
uint32_t qtest_answer(void);
extern char qtest_edges[256];

/* The serial line. */
void qtest_line_write(const uint8_t *bytes, size_t count);
size_t qtest_line_read(uint8_t *bytes, size_t count); /* what is there */

/* Nothing is to be sent or answered.  QEMU's main loop turns a few times: it
 * has seen what was written to the line. */
void qtest_settle(void);

#endif
