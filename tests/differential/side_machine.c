/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * side_machine.c - the model of the machine's UART, by itself
 */
#include "differential/side.h"

#include <linux/serial_reg.h>
#include <string.h>

#include "fake-xen/fake_machine.h"

#define BASE 0x3e8

struct fake_uart *side_machine_uart;

static char edges[256];

static void note_intr(struct fake_uart *uart, bool level)
{
    size_t used = strlen(edges);

    if (uart != side_machine_uart || used == sizeof(edges) - 1)
        return;
    edges[used] = level ? '1' : '0';
    edges[used + 1] = '\0';
}

static int open_model(void)
{
    side_machine_uart = fake_machine_uart(BASE);
    if (!side_machine_uart)
        return -1;
    fake_uart_power_on(side_machine_uart);
    fake_uart_on_intr = note_intr;
    return 0;
}

static void close_model(void)
{
    fake_uart_on_intr = NULL;
}

static void model_out(unsigned int offset, uint8_t value)
{
    fake_uart_out(side_machine_uart, offset, value);
}

static uint8_t model_in(unsigned int offset)
{
    return fake_uart_in(side_machine_uart, offset);
}

static void receive(uint8_t byte, uint8_t errors)
{
    fake_uart_receive_wrong(side_machine_uart, byte, errors);
    fake_uart_catch_up(side_machine_uart);
}

static bool takes_input(void)
{
    const struct fake_uart *uart = side_machine_uart;
    unsigned int size = uart->fcr & UART_FCR_ENABLE_FIFO ? FAKE_RECEIVE_FIFO
                                                         : 1;

    return !(uart->mcr & UART_MCR_LOOP) && uart->received_count < size;
}

static void pass_time(uint64_t ns)
{
    fake_uart_pass_time(side_machine_uart, ns);
}

static const char *line_did(void)
{
    static char did[sizeof(edges)];

    strcpy(did, edges);
    edges[0] = '\0';
    return did;
}

static bool line_is(void)
{
    return side_machine_uart->intr;
}

static struct side_facts facts(void)
{
    const struct fake_uart *uart = side_machine_uart;

    return (struct side_facts){
        .lcr = uart->lcr, .fcr = uart->fcr, .mcr = uart->mcr,
        .ier = uart->ier, .received = uart->received_count,
        .is_timed_out = uart->is_timed_out, .sent = uart->sent,
    };
}

const struct side side_machine = {
    .name = "machine", .open = open_model, .close = close_model,
    .out = model_out, .in = model_in, .receive = receive,
    .takes_input = takes_input, .pass_time = pass_time,
    .line_did = line_did, .line_is = line_is, .facts = facts,
};
