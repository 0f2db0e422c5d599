/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * channel.c - COM2 by polling, and port e9
 *
 * Register names are those of the PC16550D data sheet, 8.0 Registers.
 */
#include "channel.h"

#include <linux/serial_reg.h>
#include <stdint.h>

#include "cpu.h"
#include "text.h"
#include "timer.h"

#define COM2 0x2f8
#define DEBUG_PORT 0xe9
#define FIFO_BYTES 16
#define GIVE_UP_MS 10000 /* a COM2 that has stopped must not stop the guest */
#define NAP_MS_MAX 40

static bool has_com2;
static uint8_t pending[FIFO_BYTES];
static unsigned int pending_count;

bool channel_start(void)
{
    /* A port without a device reads as ones; a UART's scratch register keeps
     * its value. */
    outb(COM2 + UART_SCR, 0x5a);
    has_com2 = inb(COM2 + UART_SCR) == 0x5a && inb(COM2 + UART_LSR) != 0xff;
    if (!has_com2)
        return false;
    outb(COM2 + UART_IER, 0);
    outb(COM2 + UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    outb(COM2 + UART_DLL, 1);
    outb(COM2 + UART_DLM, 0);
    outb(COM2 + UART_LCR, UART_LCR_WLEN8);
    outb(COM2 + UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR |
                              UART_FCR_CLEAR_XMIT);
    outb(COM2 + UART_MCR, UART_MCR_DTR | UART_MCR_RTS);
    return true;
}

static bool wait_lsr(uint8_t bit)
{
    struct deadline deadline = deadline_in_ms(GIVE_UP_MS);

    while (!(inb(COM2 + UART_LSR) & bit)) {
        if (deadline_is_over(&deadline))
            return false;
        cpu_relax();
    }
    return true;
}

/* THRE means that the whole FIFO is empty: one read of LSR serves 16 bytes. */
static void flush(void)
{
    if (has_com2 && wait_lsr(UART_LSR_THRE)) {
        for (unsigned int i = 0; i < pending_count; i++)
            outb(COM2 + UART_TX, pending[i]);
    }
    for (unsigned int i = 0; i < pending_count; i++)
        outb(DEBUG_PORT, pending[i]);
    pending_count = 0;
}

static void put(char c)
{
    pending[pending_count++] = (uint8_t)c;
    if (c == '\n' || pending_count == FIFO_BYTES)
        flush();
}

void channel_vprintf(const char *format, va_list args)
{
    text_format(put, format, args);
}

void channel_printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    channel_vprintf(format, args);
    va_end(args);
}

void channel_drain(void)
{
    if (has_com2)
        wait_lsr(UART_LSR_TEMT);
}

/* A read of COM2 costs an exit to the device model, so an idle guest reads it
 * less and less often.  Once a line has begun, the rest of it is on its way
 * and the guest does not nap. */
static char wait_byte(bool has_line_begun)
{
    unsigned int nap_ms = 1;

    while (!(inb(COM2 + UART_LSR) & UART_LSR_DR)) {
        if (has_line_begun) {
            cpu_relax();
            continue;
        }
        timer_nap(nap_ms);
        nap_ms = nap_ms * 2 > NAP_MS_MAX ? NAP_MS_MAX : nap_ms * 2;
    }
    return (char)inb(COM2 + UART_RX);
}

bool channel_read_line(char *line, size_t size)
{
    size_t count = 0;
    bool fits = true;

    for (;;) {
        char c = wait_byte(count > 0);

        if (c == '\n')
            break;
        if (c == '\r')
            continue;
        if (count < size - 1)
            line[count++] = c;
        else
            fits = false;
    }
    line[count] = '\0';
    return fits;
}
