/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_console.c - the commands for what a guest does with its console
 */
#include "channel.h"
#include "command.h"
#include "cpu.h"
#include "timer.h"
#include "uart.h"

static int reply_stuck(const char *name, uint32_t sent)
{
    return reply_error("%s: LSR.THRE did not come within %u ms; sent=%u "
                       "lsr=%02x (see patience)", name, uart_patience_ms(),
                       sent, uart_read(UART_LSR));
}

static int run_base(struct words *words)
{
    uint32_t base, irq = uart_irq();

    if (!words_hex(words, &base, 0xfff8) || !words_decimal_or(words, &irq, 15))
        return reply_usage();
    if (irq == 0 || irq == 2)
        return reply_error("base: irq %u is the timer's or the cascade's",
                           irq);
    uart_select((uint16_t)base, irq);
    return reply_ok("base port=%x irq=%u", base, irq);
}

static int run_init(struct words *words)
{
    uint32_t divisor = 1;

    if (!words_decimal_or(words, &divisor, 0xffff))
        return reply_usage();
    uart_init((uint16_t)divisor);
    return reply_ok("init divisor=%u", divisor);
}

static int run_patience(struct words *words)
{
    uint32_t ms;

    if (!words_decimal(words, &ms, UINT32_MAX))
        return reply_usage();
    uart_set_patience_ms(ms);
    return reply_ok("patience ms=%u", ms);
}

static int run_print(struct words *words)
{
    const char *text = words_rest(words);
    uint32_t size = (uint32_t)text_length(text) + 2;
    uint32_t sent = uart_print(text);

    if (sent == size - 2)
        sent += uart_print("\r\n");
    if (sent != size)
        return reply_stuck("print", sent);
    return reply_ok("print bytes=%u", sent);
}

static bool is_stuck;
static uint32_t printed;

static void put_console(char c)
{
    const char text[2] = { c, '\0' };

    if (!is_stuck && uart_print(text))
        printed++;
    else
        is_stuck = true;
}

/* Returns false when the UART stopped within the line; the rest is dropped. */
__attribute__((format(printf, 1, 2)))
static bool console_printf(const char *format, ...)
{
    va_list args;

    is_stuck = false;
    va_start(args, format);
    text_format(put_console, format, args);
    va_end(args);
    return !is_stuck;
}

static int run_lines(struct words *words)
{
    uint32_t count;
    const char *prefix;

    if (!words_decimal(words, &count, UINT32_MAX))
        return reply_usage();
    prefix = words_rest(words);
    if (!*prefix)
        prefix = "line";
    printed = 0;
    for (uint32_t i = 1; i <= count; i++) {
        if (!console_printf("%s %u\r\n", prefix, i))
            return reply_stuck("lines", printed);
    }
    return reply_ok("lines count=%u bytes=%u", count, printed);
}

static int run_bytes(struct words *words)
{
    char *text = words_rest(words);
    int count = text_hex_bytes(text);

    if (count <= 0)
        return reply_usage();
    for (int i = 0; i < count; i++)
        uart_write(UART_TX, (uint8_t)text[i]);
    return reply_ok("bytes count=%d", count);
}

static int run_waitlsr(struct words *words)
{
    uint32_t mask, value, timeout_ms, old_ms = uart_patience_ms();
    uint64_t polls = 0, start;
    uint8_t lsr;
    bool has_come;

    if (!words_hex(words, &mask, 0xff) || !words_hex(words, &value, 0xff) ||
        !words_decimal(words, &timeout_ms, UINT32_MAX))
        return reply_usage();
    start = rdtsc();
    uart_set_patience_ms(timeout_ms);
    has_come = uart_wait_lsr((uint8_t)mask, (uint8_t)value, &polls, &lsr);
    uart_set_patience_ms(old_ms);
    return reply_ok("waitlsr came=%u lsr=%02x polls=%llu us=%llu",
                    (unsigned int)has_come, lsr, polls,
                    timer_us(rdtsc() - start));
}

static int run_uart(struct words *words)
{
    uint8_t lcr = uart_read(UART_LCR);
    uint8_t ier = uart_read(UART_IER), iir = uart_read(UART_IIR);
    uint8_t mcr = uart_read(UART_MCR), lsr = uart_read(UART_LSR);
    uint8_t msr = uart_read(UART_MSR), scr = uart_read(UART_SCR);
    uint8_t dll, dlm;

    (void)words;
    uart_write(UART_LCR, lcr | UART_LCR_DLAB);
    dll = uart_read(UART_DLL);
    dlm = uart_read(UART_DLM);
    uart_write(UART_LCR, lcr);
    return reply_ok("uart base=%x irq=%u ier=%02x iir=%02x lcr=%02x mcr=%02x "
                    "lsr=%02x msr=%02x scr=%02x dll=%02x dlm=%02x",
                    uart_base(), uart_irq(), ier, iir, lcr, mcr, lsr, msr, scr,
                    dll, dlm);
}

int command_demo(uint32_t lines)
{
    uart_init(1);
    console_printf("mediator test guest: hello from its console at port "
                   "%x\r\n", uart_base());
    for (uint32_t i = 1; !lines || i <= lines; i++) {
        timer_sleep_ms(1000);
        console_printf("mediator test guest: line %u\r\n", i);
    }
    return reply_ok("demo lines=%u", lines);
}

static int run_demo(struct words *words)
{
    uint32_t lines = 0;

    if (!words_decimal_or(words, &lines, UINT32_MAX))
        return reply_usage();
    return command_demo(lines);
}

const struct command console_commands[] = {
    { "base", "PORT [IRQ]", "choose the UART under test (3f8 4)", run_base },
    { "init", "[DIVISOR]", "IER=0, divisor (1), 8N1, FIFOs, DTR RTS OUT2",
      run_init },
    { "patience", "MS", "longest wait for the UART (60000), 0: for ever",
      run_patience },
    { "print", "TEXT", "TEXT CR LF, LSR.THRE before each byte", run_print },
    { "lines", "N [PREFIX]", "\"PREFIX 1\" to \"PREFIX N\", as print",
      run_lines },
    { "bytes", "HEX...", "bytes by bare outb", run_bytes },
    { "waitlsr", "MASK VALUE TIMEOUT_MS", "until (LSR & MASK) == VALUE",
      run_waitlsr },
    { "uart", "", "all registers but RBR (DLL, DLM by way of LCR.DLAB)",
      run_uart },
    { "demo", "[LINES]", "init, a banner, then a line a second (for ever)",
      run_demo },
    { NULL, NULL, NULL, NULL },
};
