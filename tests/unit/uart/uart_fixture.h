/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_fixture.h - a UART with a journal, a ring and a line that is noted:
 * access by access, as the uart role makes them
 */
#ifndef TESTS_UART_FIXTURE_H
#define TESTS_UART_FIXTURE_H

#include <linux/serial_reg.h>

#include "fake-xen/fake_machine.h"
#include "shared/out_ring.h"
#include "uart/journal.h"
#include "uart/machine_ports.h"
#include "uart/uart.h"

#include "unit/unit.h"

#define UART_FIXTURE_BASE 0x2e8

struct uart_fixture {
    struct journal journal;
    struct out_ring ring;
    struct machine_ports machine;
    struct uart uart;
};

extern struct uart_fixture fixture;
extern struct fake_uart *device; /* the machine's */

/* 0, or -1.  The UART is not reset yet. */
int uart_fixture_open(const struct uart_ops *ops);
int uart_fixture_reset(void);
int uart_fixture_close(void);

/* cmocka's setup, of a virtual UART that is reset, and teardown. */
int uart_fixture_begin_virtual(void **state);
int uart_fixture_end(void **state);
#define UART_VIRTUAL_TEST(name) \
    cmocka_unit_test_setup_teardown(name, uart_fixture_begin_virtual, \
                                    uart_fixture_end)

/* The process dies, and its successor opens the journal. */
void uart_fixture_die(void);

/* One access each, committed. */
void out(unsigned int offset, uint8_t value);
uint8_t in(unsigned int offset);
void look(void); /* poll() */

/* Writes to THR that Xen has posted, 64 at most, in one commit. */
void out_run(const char *bytes, unsigned int count);

/* Whatever brought it there. */
void be_in_state(const struct uart_state *state);

/* Client input that there is room for; and a byte with errors. */
void feed(const char *text);
void feed_byte(uint8_t byte, uint8_t errors);
unsigned int room(void);
void end_input(void);

/* What the line did since the last call: "10" is up, down. */
const char *line_did(void);

void assert_ring(const char *text);

#endif
