/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_fixture.h - a UART with a journal, an out ring and an interrupt line
 * whose moves are noted
 *
 * Its accesses are made and committed as the uart role does it.
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
extern struct fake_uart *device; /* the model of the machine's UART */

/* Opens a UART, which is not reset yet.  0, or -1 with a message logged. */
int uart_fixture_open(const struct uart_ops *ops);
int uart_fixture_reset(void);
int uart_fixture_close(void);

/* Setup and teardown for cmocka, of a virtual UART that is reset. */
int uart_fixture_begin_virtual(void **state);
int uart_fixture_end(void **state);
#define UART_VIRTUAL_TEST(name) \
    cmocka_unit_test_setup_teardown(name, uart_fixture_begin_virtual, \
                                    uart_fixture_end)

/* The process dies, and its successor opens the journal. */
void uart_fixture_die(void);

/* One access, or one poll, each committed. */
void out(unsigned int offset, uint8_t value);
uint8_t in(unsigned int offset);
void poll_uart(void);

/* Time passes in the machine's UART, with the polls that fall due in it. */
void let_time_pass(uint64_t ns);

/* Up to 64 writes to THR that Xen has posted, in one commit. */
void out_run(const char *bytes, unsigned int count);

/* Puts the UART into that state. */
void be_in_state(const struct uart_state *state);

/* Client input, for which there is room; and a byte with errors. */
void feed(const char *text);
void feed_byte(uint8_t byte, uint8_t errors);
unsigned int room(void);
void end_input(void);

/* How the interrupt line has moved since the last call: "10" is up and down.
 */
const char *line_did(void);

void assert_ring(const char *text);

#endif
