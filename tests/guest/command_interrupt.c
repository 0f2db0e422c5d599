/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_interrupt.c - the commands irqtest and irq, for the UART's
 * interrupts
 */
#include "channel.h"
#include "command.h"
#include "interrupt.h"
#include "timer.h"
#include "uart.h"
#include "uart_interrupt.h"

#define IRQTEST_MS 500
#define SHOWN_BYTES 64

static void put_log(void)
{
    const volatile struct uart_interrupt_counts *c = uart_interrupt_counts();

    for (uint32_t i = 0; i < c->logged && i < IIR_LOG_VALUES; i++)
        channel_printf(i ? ",%02x" : "%02x", c->log[i]);
}

/* When IER.ETBEI goes from 0 to 1 at an empty transmitter there is one THRE
 * interrupt, which the read of IIR takes back. */
static int run_irqtest(struct words *words)
{
    const volatile struct uart_interrupt_counts *c = uart_interrupt_counts();
    bool is_right;

    (void)words;
    uart_write(UART_IER, 0);
    if (!uart_wait_lsr(UART_LSR_TEMT, UART_LSR_TEMT, NULL, NULL))
        return reply_error("irqtest: LSR.TEMT did not come within %u ms",
                           uart_patience_ms());
    uart_read(UART_IIR);
    uart_interrupt_on(UART_IER_THRI);
    timer_sleep_ms(IRQTEST_MS);
    uart_interrupt_off();
    is_right = c->interrupts == 1 && c->thre == 1 && !c->empty;
    channel_printf("%s irqtest interrupts=%u thre=%u empty=%u iir=",
                   is_right ? "ok" : "error", c->interrupts, c->thre,
                   c->empty);
    put_log();
    channel_printf("\n");
    return is_right ? 0 : -1;
}

static int reply_counts(void)
{
    const volatile struct uart_interrupt_counts *c = uart_interrupt_counts();

    return reply_ok("irq interrupts=%u thre=%u received=%u timeout=%u line=%u "
                    "modem=%u empty=%u stuck=%u lsr_errors=%02x bytes=%u "
                    "spurious=%u", c->interrupts, c->thre, c->received,
                    c->timeout, c->line, c->modem, c->empty, c->stuck,
                    c->lsr_errors, (uint32_t)uart_interrupt_received(),
                    interrupt_spurious_count());
}

static int reply_log(void)
{
    const uint8_t *bytes = uart_interrupt_received_bytes();
    uint32_t count = (uint32_t)uart_interrupt_received();

    channel_printf("ok irq logged=%u iir=", uart_interrupt_counts()->logged);
    put_log();
    channel_printf(" bytes=%u hex=", count);
    for (uint32_t i = 0; i < count && i < SHOWN_BYTES; i++)
        channel_printf("%02x", bytes[i]);
    channel_printf("%s\n", count > SHOWN_BYTES ? "..." : "");
    return 0;
}

static int run_irq(struct words *words)
{
    const char *what = words_take(words);
    uint32_t ier = UART_IER_RDI | UART_IER_RLSI;

    if (!what)
        return reply_usage();
    if (text_equal(what, "on")) {
        if (!words_hex_or(words, &ier, 0xff))
            return reply_usage();
        uart_interrupt_receive_into(NULL, 0);
        uart_interrupt_on((uint8_t)ier);
        return reply_ok("irq on ier=%02x", ier);
    }
    if (text_equal(what, "off")) {
        uart_interrupt_off();
        return reply_ok("irq off");
    }
    if (text_equal(what, "count"))
        return reply_counts();
    if (text_equal(what, "log"))
        return reply_log();
    return reply_usage();
}

const struct command interrupt_commands[] = {
    { "irqtest", "", "IER.ETBEI at an empty transmitter: one THRE interrupt",
      run_irqtest },
    { "irq", "on [IER]|off|count|log",
      "a handler that serves and logs (IER: 05) until off", run_irq },
    { NULL, NULL, NULL, NULL },
};
