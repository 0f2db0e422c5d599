/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.h - the console under test: an 8250-family UART, COM1 unless told
 *
 * No function accesses a register that its comment does not name: before the
 * first command the UART is as the machine left it.  Registers have the names
 * of their data sheet: [PC16550D, 8.0 Registers].
 */
#ifndef GUEST_UART_H
#define GUEST_UART_H

#include <linux/serial_reg.h>
#include <stdbool.h>
#include <stdint.h>

#define UART_REGISTERS 8
#define UART_FIFO_BYTES 16

/* Chooses the UART, without any access. */
void uart_select(uint16_t base, unsigned int irq);
uint16_t uart_base(void);
unsigned int uart_irq(void);

uint8_t uart_read(unsigned int offset);
void uart_write(unsigned int offset, uint8_t value);

/* Sets the UART up as an operating system does: IER = 0, the divisor, 8N1,
 * FIFOs on and cleared, and DTR, RTS and OUT2. */
void uart_init(uint16_t divisor);

/* How long a wait for the UART may take before it counts as failed; 0 is for
 * ever. */
void uart_set_patience_ms(uint32_t ms);
uint32_t uart_patience_ms(void);

/* Reads LSR until (LSR & mask) == value.  The number of reads is added to
 * *polls and *lsr is set to the last value; either may be NULL.  Returns false
 * when patience ended. */
bool uart_wait_lsr(uint8_t mask, uint8_t value, uint64_t *polls, uint8_t *lsr);

/* Turns the transmit FIFO on, without losing what is in it.  Returns its
 * depth: 16, or 1 where IIR shows no working FIFO.  It reads IIR, and may wait
 * for TEMT and write FCR. */
unsigned int uart_use_fifo(void);

/* Sends each byte after LSR.THRE.  Returns how many were sent before patience
 * ended. */
uint32_t uart_print(const char *text);

/* Writes each byte to THR, whatever LSR says. */
void uart_print_raw(const char *text);

#endif
