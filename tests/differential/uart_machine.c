/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uart_machine.c - compares mode=passthrough, over a model of the machine's
 * UART, with such a model by itself
 *
 * usage: uart_machine OPERATIONS SEED [ROW]
 *
 * Both get the same random accesses, bytes of the line and of clients, modem
 * lines and time.  The values read, the interrupt line and the bytes sent must
 * be equal but for the rows of differences.md that row() names.  With ROW,
 * what that row allows is not allowed: the comparison must fail then, or
 * nobody needs the row.
 */
#include <linux/serial_reg.h>
#include <stdio.h>
#include <stdlib.h>

#include "differential/machine_comparison.h"
#include "unit/uart/uart_fixture.h"

#define OPERATIONS_A_CONFIGURATION 4000
#define US UINT64_C(1000)
#define TIME_MAX (30000 * US)
#define BYTE_ERRORS (UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)

static unsigned long line_bytes, client_bytes;
static unsigned int seed;

static unsigned int pick(unsigned int limit)
{
    return (unsigned int)rand_r(&seed) / 7 % limit;
}

/* ---- accesses ---- */

static void write_to(unsigned int offset, uint8_t value)
{
    bool is_thr = offset == UART_TX && !is_dlab();
    bool was_in_step = is_in_step(), is_sent = is_thr && !is_loop();
    uint64_t accepted = side_machine_uart->overruns;

    note("write", offset, value);
    ours->out(offset, value);
    model->out(offset, value);
    if (is_thr && side_machine_uart->overruns != accepted && is_sent &&
        !row("thr-without-room"))
        is_sent = false;
    compare_ring(is_sent, value);
    compare_line(was_in_step);
    compare_sent();
}

static void read_from(unsigned int offset)
{
    bool was_in_step = is_in_step();
    uint8_t our, its;

    if (offset == UART_IIR)
        await_time_out();
    note("read", offset, 0);
    its = model->in(offset);
    our = ours->in(offset);
    note_result(its);
    if (our != its)
        differ("read", our, its);
    compare_line(was_in_step);
}

/* ---- operations ---- */

static void do_thr(void)
{
    write_to(UART_TX, pick(256));
}

static void do_rbr(void)
{
    read_from(UART_RX);
}

static void do_ier_write(void)
{
    uint8_t value = pick(4) ? pick(16) : pick(256);

    /* Divisors are small, or nothing would ever happen. */
    if (is_dlab())
        value = pick(4) ? 0 : pick(3);
    write_to(UART_IER, value);
}

/* Row dlab-receiver. */
static void do_fcr(void)
{
    if (is_behind() && row("dlab-receiver"))
        return;
    write_to(UART_FCR, pick(256) | (pick(4) != 0));
}

/* Row plug. */
static void let_transmitter_drain(void)
{
    while (device->is_shifting)
        pass_time(device->shifted_ns - device->clock_ns);
    compare_line(false);
    compare_sent();
}

static void do_lcr_write(void)
{
    uint8_t value = pick(256);

    if (pick(4))
        value &= ~UART_LCR_DLAB;
    write_to(UART_LCR, value);
}

static void do_mcr_write(void)
{
    uint8_t value = pick(256);

    if (pick(3) == 0)
        value &= ~UART_MCR_LOOP;
    if (comparison.line != LINE_PLUGGED || !((value ^ side_machine_uart->mcr) &
                                  UART_MCR_LOOP) || !row("plug")) {
        write_to(UART_MCR, value);
        return;
    }
    let_transmitter_drain();
    side_machine_uart->takes_time = value & UART_MCR_LOOP;
    write_to(UART_MCR, value);
}

static void do_other_write(void)
{
    static const uint8_t offsets[] = { UART_SCR, UART_LSR, UART_MSR };

    write_to(offsets[pick(3)], pick(256));
}

/* Row dlab-receiver. */
static void do_read(void)
{
    static const uint8_t offsets[] = {
        UART_IER, UART_IIR, UART_IIR, UART_IIR, UART_LCR, UART_MCR, UART_LSR,
        UART_LSR, UART_LSR, UART_MSR, UART_SCR,
    };
    unsigned int offset = offsets[pick(sizeof(offsets))];

    if ((offset == UART_IIR || offset == UART_LSR) && is_behind() &&
        row("dlab-receiver"))
        return;
    read_from(offset);
}

static void do_time(void)
{
    uint64_t ns = fake_uart_character_ns(device) * (1 + pick(60)) / 10;

    if (ns > TIME_MAX)
        ns = TIME_MAX;
    note("time", ns / US, 0);
    pass_time(ns);
    compare_line(false);
    compare_sent();
}

static void do_lines(void)
{
    uint8_t lines = pick(16) << 4;

    note("lines", lines, 0);
    fake_uart_set_lines(device, lines);
    fake_uart_set_lines(side_machine_uart, lines);
    fake_uart_catch_up(device);
    fake_uart_catch_up(side_machine_uart);
    compare_line(false);
}

/* Rows line-unheard, line-waits. */
static void do_line_byte(void)
{
    uint8_t byte = pick(256), errors = pick(8) ? 0 : pick(256) & BYTE_ERRORS;

    if (comparison.line == LINE_PLUGGED)
        return;
    if (comparison.line == LINE_HEARD && !model->takes_input() && !is_loop() &&
        row("line-waits"))
        return;
    note("line", byte, errors);
    fake_uart_receive_wrong(device, byte, errors);
    fake_uart_catch_up(device);
    if (comparison.line == LINE_HEARD || !row("line-unheard"))
        model->receive(byte, errors);
    line_bytes++;
    compare_line(false);
}

/* Row two-sources. */
static void do_client_byte(void)
{
    uint8_t byte = pick(256), errors = pick(16) ? 0 : UART_LSR_BI;
    uint8_t frame = 0xff >> (3 - (side_machine_uart->lcr & UART_LCR_WLEN8));

    if (is_behind() && row("dlab-receiver"))
        return;
    if (device->received_count > 0 && is_heard() && row("two-sources"))
        see_all();
    if (!ours->takes_input() || !model->takes_input())
        return;
    if (errors)
        byte = 0;
    note("client", byte, errors);
    ours->receive(byte, errors);
    if (comparison.line != LINE_PLUGGED || errors || !row("plug"))
        model->receive(byte & frame, errors);
    client_bytes++;
    compare_line(false);
}

static const struct {
    const char *name;
    unsigned int weight;
    void (*run)(void);
} kinds[] = {
    { "THR", 18, do_thr },          { "RBR", 16, do_rbr },
    { "IER", 6, do_ier_write },     { "FCR", 2, do_fcr },
    { "LCR", 4, do_lcr_write },     { "MCR", 3, do_mcr_write },
    { "others", 2, do_other_write }, { "reads", 21, do_read },
    { "line", 6, do_line_byte },    { "clients", 6, do_client_byte },
    { "modem", 2, do_lines },       { "time", 14, do_time },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void run_one(void)
{
    unsigned int i, at = pick(100);

    for (i = 0; at >= kinds[i].weight; i++)
        at -= kinds[i].weight;
    kinds[i].run();
    pass_time(pick(30) * US);
    compare_line(false);
}

/* Row plug: the guest's bytes take time in loop mode only. */
static int configure(void)
{
    enum comparison_line line = pick(LINES);

    ours->close();
    model->close();
    if (ours->open() || model->open())
        return -1;
    device->takes_time = true;
    side_machine_uart->takes_time = line != LINE_PLUGGED;
    device->has_plug = line == LINE_PLUGGED;
    device->is_8250 = side_machine_uart->is_8250 = pick(8) == 0;
    fixture.uart.options.has_line_input = line == LINE_HEARD;
    fixture.uart.options.has_plug = line == LINE_PLUGGED;
    if (uart_fixture_reset())
        return -1;
    /* What firmware leaves. */
    model->out(UART_LCR, UART_LCR_WLEN8 | UART_LCR_DLAB);
    model->out(UART_DLL, 1);
    model->out(UART_DLM, 0);
    model->out(UART_LCR, UART_LCR_WLEN8);
    model->in(UART_MSR);
    comparison_begin(line);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned long operations = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, end;

    if (argc < 3 || argc > 4 || operations == 0) {
        fprintf(stderr, "usage: uart_machine OPERATIONS SEED [ROW]\n");
        return 2;
    }
    seed = strtoul(argv[2], NULL, 10);
    if (argc == 4 && refuse_row(argv[3]))
        return 2;
    while (comparison.done < operations) {
        if (configure())
            return 2;
        end = comparison.done + OPERATIONS_A_CONFIGURATION;
        while (comparison.done < end && comparison.done < operations)
            run_one();
    }
    ours->close();
    printf("%lu operations equal: %lu edges, %lu bytes sent, %lu received "
           "from the line, %lu from clients, %lu time-outs\n",
           comparison.done, comparison.edges, comparison.sent, line_bytes,
           client_bytes, comparison.time_outs);
    print_rows();
    return 0;
}
