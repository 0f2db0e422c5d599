/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart.c - the console under test, by polling
 */
#include "uart.h"

#include <stddef.h>

#include "cpu.h"
#include "timer.h"

static uint16_t base = 0x3f8;
static unsigned int irq = 4;
static uint32_t patience_ms = 60000;

void uart_select(uint16_t new_base, unsigned int new_irq)
{
    base = new_base;
    irq = new_irq;
}

uint16_t uart_base(void)
{
    return base;
}

unsigned int uart_irq(void)
{
    return irq;
}

uint8_t uart_read(unsigned int offset)
{
    return inb((uint16_t)(base + offset));
}

void uart_write(unsigned int offset, uint8_t value)
{
    outb((uint16_t)(base + offset), value);
}

void uart_init(uint16_t divisor)
{
    uart_write(UART_LCR, UART_LCR_WLEN8); /* DLAB may be set */
    uart_write(UART_IER, 0);
    uart_write(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    uart_write(UART_DLL, (uint8_t)divisor);
    uart_write(UART_DLM, (uint8_t)(divisor >> 8));
    uart_write(UART_LCR, UART_LCR_WLEN8);
    uart_write(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR |
                             UART_FCR_CLEAR_XMIT);
    uart_write(UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
}

void uart_set_patience_ms(uint32_t ms)
{
    patience_ms = ms;
}

uint32_t uart_patience_ms(void)
{
    return patience_ms;
}

bool uart_wait_lsr(uint8_t mask, uint8_t value, uint64_t *polls, uint8_t *lsr)
{
    struct deadline deadline = { 0 };
    uint64_t reads = 0;
    uint8_t now;
    bool has_come;

    for (;;) {
        now = uart_read(UART_LSR);
        reads++;
        has_come = (now & mask) == value;
        if (has_come)
            break;
        if (reads == 1)
            deadline = deadline_in_ms(patience_ms);
        if (deadline_is_over(&deadline))
            break;
    }
    if (polls)
        *polls += reads;
    if (lsr)
        *lsr = now;
    return has_come;
}

static bool has_fifo(void)
{
    return (uart_read(UART_IIR) & 0xc0) == 0xc0; /* IIR bits 6, 7 */
}

unsigned int uart_use_fifo(void)
{
    if (has_fifo())
        return UART_FIFO_BYTES;
    uart_wait_lsr(UART_LSR_TEMT, UART_LSR_TEMT, NULL, NULL);
    uart_write(UART_FCR, UART_FCR_ENABLE_FIFO);
    return has_fifo() ? UART_FIFO_BYTES : 1;
}

uint32_t uart_print(const char *text)
{
    uint32_t sent = 0;

    for (; text[sent]; sent++) {
        if (!uart_wait_lsr(UART_LSR_THRE, UART_LSR_THRE, NULL, NULL))
            break;
        uart_write(UART_TX, (uint8_t)text[sent]);
    }
    return sent;
}

void uart_print_raw(const char *text)
{
    for (; *text; text++)
        uart_write(UART_TX, (uint8_t)*text);
}
