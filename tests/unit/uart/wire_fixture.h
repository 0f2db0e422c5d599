/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_fixture.h - uart_fixture.h's UART with a tty for its wire
 *
 * The tty is a pty with the modem lines that a pty lacks, and the test is its
 * other side.
 */
#ifndef TESTS_WIRE_FIXTURE_H
#define TESTS_WIRE_FIXTURE_H

#include <asm/termbits.h>

#include "uart/uart_virtual.h"
#include "uart/uart_wire.h"
#include "unit/uart/uart_fixture.h"

struct wire_modem {
    bool has_lines, is_absent;
    int lines;          /* as TIOCMGET gives them */
    unsigned int asked; /* how often TIOCMGET was called */
    bool has_break;
    int unsent;         /* as TIOCOUTQ gives it */
    bool is_sending;    /* each TIOCOUTQ sends one of the unsent bytes */
    bool is_flushed;    /* the unsent bytes were flushed */
    unsigned long refused; /* an ioctl() that fails; 0: none */
};

extern struct wire_modem modem;
extern struct uart_wire wire;
extern struct wire_tty_settings before;
extern char wire_path[64];
extern int other; /* the other side of the pty */

/* Setups and the teardown of a test; its UART is reset. */
int wire_begin(void **state);
int wire_begin_with_lines(void **state);
int wire_end(void **state);

int wire_open_pty(void);
int wire_connect(void);

/* The other side of the pty goes away. */
void wire_hang_up(void);

/* A step (uart_step.h): what the role does between requests, committed. */
void step(void (*move)(struct uart *uart));
void send_waiting(void);
void receive_all(void);

/* Waits until as many bytes can be read; fails the test when none come. */
void await_bytes(int fd, int bytes);

/* Asserts that this came to the other side, and nothing more. */
void assert_came(const char *text);
struct termios2 settings(void);

/* The other side sends bytes.  A pty passes them on when it has time: waits
 * until they can be read. */
void type_bytes(const char *bytes, size_t count);
void type_marks(const char *marks, size_t count);

/* The tty takes nothing, or takes it again. */
void stall_wire(bool is_stalled);

#define WIRE_TEST(name) \
    cmocka_unit_test_setup_teardown(name, wire_begin, wire_end)
#define LINES_TEST(name) \
    cmocka_unit_test_setup_teardown(name, wire_begin_with_lines, wire_end)

#endif
