/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_state.c - sizes of FIFOs, frames and times, from what the guest has set
 */
#include "uart/uart_state.h"

#include <linux/serial_reg.h>

unsigned int uart_fifo_bytes(const struct uart_state *state)
{
    if (!(state->fcr & UART_FCR_ENABLE_FIFO))
        return 1;
    return state->fcr & UART_FCR7_64BYTE ? UART_FIFO_BYTES_MAX
                                         : UART_FIFO_BYTES;
}

uint8_t uart_frame(const struct uart_state *state, uint8_t byte)
{
    return byte & (0xff >> (UART_LCR_WLEN8 - (state->lcr & UART_LCR_WLEN8)));
}

uint64_t uart_character_ns(const struct uart_state *state)
{
    /* Start bit, 5 to 8 data bits, one stop bit: 8.1.  A half stop bit of a
     * 5-bit frame is counted as a whole one. */
    unsigned int bits = 1 + 5 + (state->lcr & UART_LCR_WLEN8) + 1;
    unsigned int divisor = state->dlm << 8 | state->dll;
    uint64_t at_divisor_1;

    if (state->lcr & UART_LCR_PARITY)
        bits++;
    if (state->lcr & UART_LCR_STOP)
        bits++;
    at_divisor_1 = (bits * UINT64_C(1000000000) + UART_BAUD_AT_DIVISOR_1 - 1) /
                   UART_BAUD_AT_DIVISOR_1;
    /* A divisor of 0 is none: nothing may divide by it, or never end. */
    return at_divisor_1 * (divisor ? divisor : 1);
}
