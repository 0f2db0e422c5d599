/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_conformance.c - the command conform: checks what the registers do
 *
 * Bytes go through loop mode (MCR bit 4), so that nobody is needed at the
 * other end and nothing is sent there.  A check answers by one line with the
 * values that it has read; conformance.txt beside this file says which are
 * right by the data sheet.
 *
 * Numbers of sections are those of the PC16550D data sheet.
 */
#include "channel.h"
#include "command.h"
#include "timer.h"
#include "uart.h"

#define SEEN_MAX 24
/* The divisor is that of 300 baud.  The receiver's time-out, four character
 * times (8.11), shall not come between two accesses, of which some take
 * milliseconds; in the end it shall come, and a busy machine may be late with
 * it. */
#define TIME_OUT_DIVISOR 384
#define TIME_OUT_PATIENCE_MS 2000

static uint8_t seen[SEEN_MAX];
static unsigned int seen_count;

static void see(uint8_t value)
{
    if (seen_count < SEEN_MAX)
        seen[seen_count++] = value;
}

static void see_register(unsigned int offset)
{
    see(uart_read(offset));
}

/* ---- steps ---- */

static void start(uint8_t fcr)
{
    uart_init(1);
    uart_write(UART_FCR, 0);
    if (fcr)
        uart_write(UART_FCR, fcr | UART_FCR_CLEAR_RCVR | UART_FCR_CLEAR_XMIT);
    uart_write(UART_MCR, UART_MCR_LOOP);
    while (uart_read(UART_LSR) & UART_LSR_DR)
        uart_read(UART_RX);
    uart_read(UART_MSR);
    uart_read(UART_IIR);
}

static void set_divisor(uint16_t divisor)
{
    uint8_t lcr = uart_read(UART_LCR);

    uart_write(UART_LCR, lcr | UART_LCR_DLAB);
    uart_write(UART_DLL, (uint8_t)divisor);
    uart_write(UART_DLM, (uint8_t)(divisor >> 8));
    uart_write(UART_LCR, lcr);
}

/* Sends a character through loop mode; it has arrived when this returns. */
static void loop(uint8_t value)
{
    uart_wait_lsr(UART_LSR_THRE, UART_LSR_THRE, NULL, NULL);
    uart_write(UART_TX, value);
    uart_wait_lsr(UART_LSR_TEMT, UART_LSR_TEMT, NULL, NULL);
}

static void loop_many(unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        loop((uint8_t)(0x40 + i));
}

/* Notes IIR once it tells of an interrupt, or what it says when patience
 * ends. */
static void see_time_out(void)
{
    struct deadline deadline = deadline_in_ms(TIME_OUT_PATIENCE_MS);
    uint8_t iir;

    do
        iir = uart_read(UART_IIR);
    while ((iir & UART_IIR_NO_INT) && !deadline_is_over(&deadline));
    see(iir);
}

/* ---- registers that keep what is written: 8.1, 8.2, 8.6 to 8.8, 8.10 ---- */

static void check_scratch(void)
{
    uart_write(UART_SCR, 0x5a);
    see_register(UART_SCR);
    uart_write(UART_SCR, 0xa5);
    see_register(UART_SCR);
}

static void check_line_control(void)
{
    uart_write(UART_LCR, 0x1b);
    see_register(UART_LCR);
    uart_write(UART_LCR, 0x3f);
    see_register(UART_LCR);
    uart_write(UART_LCR, UART_LCR_WLEN8);
    see_register(UART_LCR);
}

static void check_divisor_stands_behind_dlab(void)
{
    uart_write(UART_IER, UART_IER_RLSI);
    set_divisor(0x1234);
    uart_write(UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
    see_register(UART_DLL);
    see_register(UART_DLM);
    uart_write(UART_LCR, UART_LCR_WLEN8);
    see_register(UART_IER);
}

static void check_interrupt_enable_has_four_bits(void)
{
    uart_write(UART_IER, 0xff);
    see_register(UART_IER);
    uart_write(UART_IER, 0);
    see_register(UART_IER);
}

static void check_modem_control_has_five_bits(void)
{
    uart_write(UART_MCR, 0xff);
    see_register(UART_MCR);
    uart_write(UART_MCR, UART_MCR_LOOP);
    see_register(UART_MCR);
}

static void check_fifo_bits_of_iir(void)
{
    see(uart_read(UART_IIR) & 0xc0);
    uart_write(UART_FCR, UART_FCR_ENABLE_FIFO);
    see(uart_read(UART_IIR) & 0xc0);
    uart_write(UART_FCR, 0);
    see(uart_read(UART_IIR) & 0xc0);
}

/* ---- loop mode and modem status: 8.8, 8.9 ---- */

static void check_loop_modem_lines(void)
{
    for (unsigned int lines = 0; lines < 16; lines++) {
        uart_write(UART_MCR, (uint8_t)(UART_MCR_LOOP | lines));
        see(uart_read(UART_MSR) & 0xf0);
    }
}

static void check_reading_msr_clears_its_deltas(void)
{
    uart_write(UART_MCR, UART_MCR_LOOP | UART_MCR_RTS);
    uart_read(UART_MSR);
    see(uart_read(UART_MSR) & 0x0f);
}

static void check_loop_carries_every_byte(void)
{
    static const uint8_t values[] = { 0x00, 0xff, 0x55, 0xaa, 0x7f, 0x80 };

    for (unsigned int i = 0; i < sizeof(values); i++) {
        loop(values[i]);
        see_register(UART_RX);
    }
}

/* ---- line status: 8.4 ---- */

static void check_idle_line_status(void)
{
    see_register(UART_LSR);
    see_register(UART_LSR);
}

static void check_data_ready_until_read(void)
{
    loop(0x41);
    see_register(UART_LSR);
    see_register(UART_RX);
    see_register(UART_LSR);
}

static void check_overrun_without_fifo(void)
{
    loop(0x41);
    uart_write(UART_TX, 0x42);
    timer_spin_us(2000);
    see_register(UART_LSR);
    see_register(UART_LSR); /* the first read has cleared OE */
    see_register(UART_RX);  /* the newer byte */
    see_register(UART_LSR);
}

static void check_overrun_of_a_full_fifo(void)
{
    start(UART_FCR_ENABLE_FIFO);
    for (unsigned int i = 0; i < 17; i++) {
        uart_write(UART_TX, (uint8_t)(0x40 + i));
        timer_spin_us(1000);
    }
    see(uart_read(UART_LSR) & ~UART_LSR_THRE & ~UART_LSR_TEMT);
    for (unsigned int i = 0; i < 16; i++)
        see_register(UART_RX);
    see_register(UART_LSR);
}

static void check_clearing_the_receiver(void)
{
    start(UART_FCR_ENABLE_FIFO);
    loop_many(3);
    see_register(UART_LSR);
    uart_write(UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR);
    see_register(UART_LSR);
    loop(0x77);
    see_register(UART_RX);
}

/* ---- interrupts as IIR tells them: 8.5, 8.7, table IV ---- */

static void check_nothing_enabled_nothing_pending(void)
{
    loop(0x41);
    see_register(UART_IIR);
}

static void check_thre_comes_when_enabled(void)
{
    uart_write(UART_IER, UART_IER_THRI);
    see_register(UART_IIR);
    see_register(UART_IIR); /* the first read has taken it away */
    uart_write(UART_IER, 0);
    uart_write(UART_IER, UART_IER_THRI);
    see_register(UART_IIR);
}

static void check_thre_comes_behind_each_byte(void)
{
    uart_write(UART_IER, UART_IER_THRI);
    uart_read(UART_IIR);
    see_register(UART_IIR);
    loop(0x41);
    see_register(UART_IIR);
    see_register(UART_IIR);
}

static void check_thre_stays_over_lsr(void)
{
    uart_write(UART_IER, UART_IER_THRI);
    uart_read(UART_LSR);
    see_register(UART_IIR);
}

static void check_received_data(void)
{
    uart_write(UART_IER, UART_IER_RDI);
    see_register(UART_IIR);
    loop(0x41);
    see_register(UART_IIR);
    see_register(UART_IIR); /* it stays until RBR is read */
    see_register(UART_RX);
    see_register(UART_IIR);
}

static void check_loop_modem_deltas(void)
{
    uart_write(UART_IER, UART_IER_MSI);
    see_register(UART_IIR);
    uart_write(UART_MCR, UART_MCR_LOOP | UART_MCR_RTS);
    see_register(UART_IIR);
    see_register(UART_MSR);
    see_register(UART_IIR);
}

static void check_priorities(void)
{
    loop(0x41);
    uart_write(UART_TX, 0x42);
    timer_spin_us(2000);
    uart_write(UART_IER, UART_IER_RDI | UART_IER_THRI | UART_IER_RLSI);
    see_register(UART_IIR);             /* overrun */
    see(uart_read(UART_LSR) & UART_LSR_OE);
    see_register(UART_IIR);             /* received data */
    see_register(UART_RX);
    see_register(UART_IIR);             /* transmitter empty */
    see_register(UART_IIR);
}

static void trigger(uint8_t level, unsigned int bytes)
{
    start(UART_FCR_ENABLE_FIFO | level);
    set_divisor(TIME_OUT_DIVISOR);
    uart_write(UART_IER, UART_IER_RDI);
    loop_many(bytes);
    see_register(UART_IIR);
    see_register(UART_RX);
    see_time_out();
}

static void check_trigger_1(void)
{
    trigger(UART_FCR_TRIGGER_1, 1);
}

static void check_trigger_4(void)
{
    trigger(UART_FCR_TRIGGER_4, 4);
}

static void check_trigger_8(void)
{
    trigger(UART_FCR_TRIGGER_8, 8);
}

static void check_trigger_14(void)
{
    trigger(UART_FCR_TRIGGER_14, 14);
}

static void check_time_out(void)
{
    start(UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_14);
    set_divisor(TIME_OUT_DIVISOR);
    uart_write(UART_IER, UART_IER_RDI);
    loop(0x41);
    see_time_out();
    see_register(UART_RX);
    see_register(UART_IIR);
}

/* ---- the list ---- */

static const struct {
    const char *name;
    void (*run)(void);
} checks[] = {
    { "scratch", check_scratch },
    { "line-control", check_line_control },
    { "divisor-behind-dlab", check_divisor_stands_behind_dlab },
    { "interrupt-enable", check_interrupt_enable_has_four_bits },
    { "modem-control", check_modem_control_has_five_bits },
    { "fifo-bits", check_fifo_bits_of_iir },
    { "loop-modem-lines", check_loop_modem_lines },
    { "modem-deltas", check_reading_msr_clears_its_deltas },
    { "loop-bytes", check_loop_carries_every_byte },
    { "idle", check_idle_line_status },
    { "data-ready", check_data_ready_until_read },
    { "overrun", check_overrun_without_fifo },
    { "fifo-overrun", check_overrun_of_a_full_fifo },
    { "clear-receiver", check_clearing_the_receiver },
    { "nothing-enabled", check_nothing_enabled_nothing_pending },
    { "thre-enabled", check_thre_comes_when_enabled },
    { "thre-behind-byte", check_thre_comes_behind_each_byte },
    { "thre-over-lsr", check_thre_stays_over_lsr },
    { "received-data", check_received_data },
    { "loop-modem-deltas", check_loop_modem_deltas },
    { "priorities", check_priorities },
    { "trigger-1", check_trigger_1 },
    { "trigger-4", check_trigger_4 },
    { "trigger-8", check_trigger_8 },
    { "trigger-14", check_trigger_14 },
    { "time-out", check_time_out },
};

#define CHECKS (sizeof(checks) / sizeof(checks[0]))

static void show(const char *name)
{
    channel_printf("# conform %s", name);
    for (unsigned int i = 0; i < seen_count; i++)
        channel_printf(" %02x", seen[i]);
    channel_printf("\n");
}

static int run_conform(struct words *words)
{
    if (!words_end(words))
        return reply_usage();
    for (unsigned int i = 0; i < CHECKS; i++) {
        seen_count = 0;
        start(0);
        checks[i].run();
        show(checks[i].name);
    }
    uart_init(1);
    return reply_ok("conform checks=%u", (unsigned int)CHECKS);
}

const struct command conformance_commands[] = {
    { "conform", "", "what the registers do, a note each; in loop mode",
      run_conform },
    { NULL, NULL, NULL, NULL },
};
