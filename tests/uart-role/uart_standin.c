/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_standin.c - mode=standin: a UART of no more than THR, LSR, SCR and a
 * counter in the place of RBR
 *
 * It is for the proof that a virtual UART loses and doubles nothing whenever
 * its process dies.
 */
#include <linux/serial_reg.h>

#include "uart-role/fake_uart_modes.h"

/* RBR counts up at each read, which shows whether a read was done once. */
static uint8_t standin_read(struct uart *uart, unsigned int offset)
{
    switch (offset) {
    case UART_RX:
        return uart->state->transmitter++;
    case UART_LSR:
        return UART_LSR_THRE | UART_LSR_TEMT;
    case UART_SCR:
        return uart->state->scr;
    default:
        return 0;
    }
}

static void standin_write(struct uart *uart, unsigned int offset,
                          uint8_t value)
{
    if (offset == UART_TX)
        uart_transmit(uart, value);
    if (offset == UART_SCR)
        uart->state->scr = value;
}

/* Clients' input is taken and goes nowhere. */
static unsigned int receive_room(const struct uart *uart,
                                 const struct uart_state *state)
{
    (void)uart;
    (void)state;
    return UART_FIFO_BYTES;
}

static void receive(struct uart *uart, uint8_t byte, uint8_t errors)
{
    (void)uart;
    (void)byte;
    (void)errors;
}

const struct uart_ops uart_standin = {
    .mode = "standin",
    .read = standin_read,
    .write = standin_write,
    .receive_room = receive_room,
    .receive = receive,
};
