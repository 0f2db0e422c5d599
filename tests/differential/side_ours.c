/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * side_ours.c - mode=virtual and mode=passthrough
 */
#include "differential/side.h"

#include "uart/uart_passthrough.h"
#include "uart/uart_virtual.h"
#include "unit/uart/uart_fixture.h"

static int open_mode(const struct uart_ops *ops)
{
    return uart_fixture_open(ops) || uart_fixture_reset() ? -1 : 0;
}

static int open_virtual(void)
{
    return open_mode(&uart_virtual);
}

static int open_passthrough(void)
{
    return open_mode(&uart_passthrough);
}

static void close_mode(void)
{
    uart_fixture_close();
}

static bool takes_input(void)
{
    return room() > 0;
}

static bool line_is(void)
{
    return fixture.uart.irq_level;
}

static struct side_facts facts(void)
{
    const struct uart_state *state = journal_current(&fixture.journal);

    return (struct side_facts){
        .lcr = state->lcr, .fcr = state->fcr, .mcr = state->mcr,
        .ier = state->ier, .received = state->receiver.count,
        .is_timed_out = state->receiver.is_timed_out,
        .sent = state->out_offset,
    };
}

const struct side side_virtual = {
    .name = "virtual", .open = open_virtual, .close = close_mode,
    .out = out, .in = in, .receive = feed_byte,
    .takes_input = takes_input, .pass_time = let_time_pass,
    .line_did = line_did, .line_is = line_is, .facts = facts,
};

const struct side side_passthrough = {
    .name = "passthrough", .open = open_passthrough, .close = close_mode,
    .out = out, .in = in, .receive = feed_byte,
    .takes_input = takes_input, .pass_time = let_time_pass,
    .line_did = line_did, .line_is = line_is, .facts = facts,
};
